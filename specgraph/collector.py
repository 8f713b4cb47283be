"""Python's cycle collector, off while a graph is built: there is no garbage to find.

A graph is one large web of live objects; collecting while it grows makes the work
quadratic (40,000 layers: 9.0 s with the collector, 3.7 s without).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No cycle collection inside; as it was after."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
