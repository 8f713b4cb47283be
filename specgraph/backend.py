"""What a backend is: a name, a table of rules, and a way from a graph to files."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from specgraph.ir.graph import Graph
from specgraph.lower.plan import Plan
from specgraph.lower.rules import Rules
from specgraph.ops.base import Op


@runtime_checkable
class Backend(Protocol):
    """The object behind an entry point of the group `specgraph.backends`."""

    @property
    def name(self) -> str:
        """The name on the command line: `torch`."""

    @property
    def rules(self) -> Rules[Op]:
        """How each op becomes a layer."""

    @property
    def requires(self) -> tuple[str, ...]:
        """The modules that must import for emitted files to run."""

    @property
    def worker(self) -> str:
        """The module whose `Runtime` runs emitted files (`specgraph.parity.runtime`)."""

    def plan(self, graph: Graph) -> Plan:
        """The files and maps of a canonical graph; raises SpecError for gaps."""
