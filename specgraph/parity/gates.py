"""How exact float64 must be: everywhere the same gate, but for a closed list.

TensorFlow's kernel of leaky_relu takes its slope as float32, whatever it computes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specgraph.ir.graph import Graph
from specgraph.ops.activation import LeakyRelu, Relu
from specgraph.ops.base import Op

EXACT = 1e-9
"""The gate of float64: a rounding difference is far below, a wrong formula far above."""
LISTED = 1e-6
"""The gate behind what the closed list names."""
INEXACT: dict[type[Op], frozenset[str]] = {
    LeakyRelu: frozenset({"keras", "tensorflow"}),
    Relu: frozenset({"keras", "tensorflow"}),
}
"""The closed list: ops that a framework rounds in float64, and the backends on it."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The gates of float64 between two backends (or one and the reference)."""

    behind: frozenset[str]
    """The values, outputs and weights' paths that are behind an inexact op."""

    def of_value(self, value: str) -> float:
        """How far a value may be off."""
        return LISTED if value in self.behind else EXACT

    @property
    def of_gradient(self) -> float:
        """How far a derivative, a loss or a step may be off: it depends on all values."""
        return LISTED if self.behind else EXACT


def gate(graph: Graph, backends: Iterable[str]) -> Gate:
    """The gate of a graph for these backends."""
    names = frozenset(backends)
    behind: set[str] = set()
    for node in graph.walk():
        fed = any(value.name in behind for value in node.inputs)
        if fed or any(_is_inexact(op, names) for op in _ops(node.op)):
            behind |= {value.name for value in node.outputs.values()}
            behind |= set(node.weights)
    outputs = {name for name, value in graph.outputs.items() if value.name in behind}
    return Gate(frozenset(behind | outputs))


def _is_inexact(op: object, backends: frozenset[str]) -> bool:
    if isinstance(op, Relu) and (not op.negative_slope or _is_bent(op)):
        return False
    return any(isinstance(op, cls) and backends & on for cls, on in INEXACT.items())


def _is_bent(op: Relu) -> bool:
    """Whether a ReLU is more than a leaky one: that is several kernels, all exact."""
    return op.max_value is not None or op.threshold != 0


def _ops(op: Op) -> Iterator[Op]:
    """An op, and the activations and layers inside it."""
    yield op
    for _, value in op:
        if isinstance(value, Op):
            yield from _ops(value)
