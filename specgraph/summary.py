"""What a model is made of: its layers, their weights and their multiply-adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specgraph.diagnostics import Location
from specgraph.ir.graph import Graph, Node
from specgraph.ops.dims import Dim, to_json
from specgraph.ops.sizes import Bounds, least_legal


@dataclass(frozen=True, slots=True)
class Row:
    """One layer: what it gives, and what it costs for one example."""

    name: str
    op: str
    outputs: tuple[str, ...]
    """Types by output, as text: `[26, 26, 32]`."""
    parameters: int
    frozen: int
    multiply_adds: Dim
    at: Location


@dataclass(frozen=True, slots=True)
class Summary:
    """A model's layers, the sums over them, and the sizes its dimensions may take."""

    name: str
    file: str
    rows: tuple[Row, ...]
    parameters: int
    """Trainable elements of all weights."""
    frozen: int
    multiply_adds: Dim
    least: dict[str, int]
    """By named dimension, the least size at which every layer has something to do."""
    bounds: dict[str, Bounds]

    def to_json(self) -> dict[str, Any]:
        """Plain data; a number that depends on a named dimension is a formula."""
        return {
            "name": self.name,
            "file": self.file,
            "parameters": self.parameters,
            "frozen_parameters": self.frozen,
            "multiply_adds": to_json(self.multiply_adds),
            "dims": {
                name: {
                    "least": size,
                    "max": self.bounds[name].max,
                    "multiple_of": self.bounds[name].multiple_of,
                }
                for name, size in self.least.items()
            },
            "layers": [
                {
                    "name": row.name,
                    "op": row.op,
                    "outputs": list(row.outputs),
                    "parameters": row.parameters,
                    "frozen_parameters": row.frozen,
                    "multiply_adds": to_json(row.multiply_adds),
                    "at": str(row.at),
                }
                for row in self.rows
            ],
        }


def summarize(graph: Graph) -> Summary:
    """The summary of a canonical graph; layers as they were written."""
    written: list[Node] = []
    for node in graph.walk():
        if not written or node.written is not written[-1].written:
            written.append(node)
    rows = tuple(_row(node) for node in written)
    dims = [dim for value in graph.values() for dim in value.type.shape]
    return Summary(
        name=graph.name,
        file=graph.file,
        rows=rows,
        parameters=graph.count(),
        frozen=graph.count(trainable=False),
        multiply_adds=sum((row.multiply_adds for row in rows), start=0),
        least=least_legal(dims, graph.bounds) or {},
        bounds=dict(graph.bounds),
    )


def _row(node: Node) -> Row:
    trained = sum(p.size for p in node.params if p.trainable and node.trainable)
    return Row(
        name=node.name,
        op=node.op.label,
        outputs=tuple(str(value.type) for value in node.outputs.values()),
        parameters=trained,
        frozen=sum(param.size for param in node.params) - trained,
        multiply_adds=node.op.multiply_adds(node.inputs.map(lambda value: value.type)),
        at=node.at,
    )
