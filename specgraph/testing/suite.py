"""Runs samples through backends, all with the same few worker processes."""

from __future__ import annotations

from collections.abc import Sequence

from specgraph import plugins
from specgraph.diagnostics import SpecError
from specgraph.ir.graph import Graph
from specgraph.parity.api import DTYPES, judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.trial import Settings, gather
from specgraph.testing.samples import SampleCase

STEPS = 2
"""Optimizer steps of a sample."""


class Suite:
    """The conformance of some backends; open it to start their workers."""

    def __init__(
        self, *backends: str, dtypes: Sequence[str] = DTYPES, seed: int = 0
    ) -> None:
        self.backends = backends
        self.settings = Settings(frozenset(CHECKS), tuple(dtypes), STEPS, seed)
        self.pool = Pool()

    def __enter__(self) -> Suite:
        return self

    def __exit__(self, *exception: object) -> None:
        self.pool.__exit__(*exception)

    def run(self, case: SampleCase) -> Report:
        """The report on one sample, in every backend that does not state a gap."""
        graph = case.graph()
        able = [name for name in self.backends if gap(name, graph) is None]
        return judge([graph], gather(able), self.settings, self.pool)

    def gaps(self, case: SampleCase) -> dict[str, str]:
        """Why backends cannot build a sample, by backend."""
        graph = case.graph()
        found = {name: gap(name, graph) for name in self.backends}
        return {name: reason for name, reason in found.items() if reason is not None}


def gap(backend: str, graph: Graph) -> str | None:
    """Why a backend says that it cannot build a graph; None if it can."""
    try:
        plugins.find_backend(backend).plan(graph)
    except SpecError as error:
        if all(found.code == "unsupported-op" for found in error.diagnostics):
            return "; ".join(found.message for found in error.diagnostics)
        raise
    return None
