"""What a backend is: a name, a table of rules, and a way from a graph to files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


DTYPES = ("float64", "float32", "bfloat16", "float16")
"""What a backend computes in, if it does not say."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Another way to run what a backend emits: `keras@torch` is Keras's files on torch.

    A backend has its engines by name in `engines`.
    """

    worker: str
    requires: tuple[str, ...]
    dtypes: tuple[str, ...] = ("float32",)
    """What it is compared in."""
    without: Mapping[str, str] = field(default_factory=dict)
    """Checks that it is not put to, and why."""


@dataclass(frozen=True, slots=True)
class Engined:
    """A backend on another engine."""

    backend: Backend
    title: str
    engine: Engine

    @property
    def name(self) -> str:
        """The backend's and the engine's: `keras@torch`."""
        return f"{self.backend.name}@{self.title}"

    @property
    def rules(self) -> Rules[Op]:
        """The backend's."""
        return self.backend.rules

    @property
    def requires(self) -> tuple[str, ...]:
        """What the engine needs."""
        return self.engine.requires

    @property
    def worker(self) -> str:
        """The engine's."""
        return self.engine.worker

    def plan(self, graph: Graph) -> Plan:
        """The backend's."""
        return self.backend.plan(graph)


def dtypes_of(backend: Backend) -> tuple[str, ...]:
    """What a backend can be compared in."""
    return backend.engine.dtypes if isinstance(backend, Engined) else DTYPES


def without_of(backend: Backend) -> Mapping[str, str]:
    """The checks that a backend is not put to, and why."""
    return backend.engine.without if isinstance(backend, Engined) else {}
