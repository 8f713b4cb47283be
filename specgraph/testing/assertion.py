"""One line that holds a spec to its backends, for tests of your own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from specgraph.parity.api import DTYPES, Source, parity
from specgraph.parity.report import Report
from specgraph.parity.trial import STEPS, installed


def assert_parity(
    specs: Source | Iterable[Source],
    backends: Sequence[str] | None = None,
    checks: Iterable[str] | None = None,
    dtypes: Sequence[str] = DTYPES,
    steps: int = STEPS,
    seed: int = 0,
) -> Report:
    """The report of `specgraph.parity`; AssertionError with its table if it failed.

    Without `backends`, all whose framework is installed.  Raises SpecError for a spec
    that does not compile.
    """
    names = installed() if backends is None else backends
    report = parity(specs, names, checks, dtypes, steps, seed)
    assert report.passed, report.table()
    return report
