"""Whether the emitted files of all backends compute the same: `specgraph.parity(…)`.

The package can be called: that is `specgraph.parity.api.parity`.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

# The reference runs beside the workers: more threads than one would fight with them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class _Callable(ModuleType):
    """This package, which is a function too."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        # NumPy is loaded by those alone who call.
        from specgraph.parity.api import parity

        return parity(*args, **named)


sys.modules[__name__].__class__ = _Callable
