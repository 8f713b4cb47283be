"""One set of workers for all parity tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specgraph.parity.pool import Pool


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """Workers that live as long as the session."""
    with Pool() as opened:
        yield opened
