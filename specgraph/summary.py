"""What a model is made of: its layers, their weights and their multiply-adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from specgraph.diagnostics import Location
from specgraph.ir.expand import home
from specgraph.ir.graph import (
    Body,
    Call,
    Graph,
    Group,
    Item,
    Loop,
    Node,
    Path,
    Step,
    distinct_nodes,
    written_out,
)
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
    shares: str = ""
    """The layer whose weights it uses, if they are not its own."""
    ties: dict[str, str] = field(default_factory=dict)
    """By weight of its own, the one of another layer that it is."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A model's layers, the sums over them, and the sizes its dimensions may take."""

    name: str
    file: str
    variant: str
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
            "variant": self.variant,
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
                    **({"shares": row.shares} if row.shares else {}),
                    **({"ties": row.ties} if row.ties else {}),
                }
                for row in self.rows
            ],
        }


def summarize(graph: Graph, depth: int | None = None) -> Summary:
    """The summary of a canonical graph; layers as they were written.

    With a `depth`, what stands deeper in groups, loops and blocks is one row with it.
    """
    table = _Table(depth)
    table.add(graph.items, ())
    every = _Table(None)
    dims = [dim for entry in graph.inputs.values() for dim in entry.value.type.shape]
    for node in distinct_nodes(graph.items):
        dims += [dim for value in node.outputs.values() for dim in value.type.shape]
    trained, frozen = graph.counts()
    return Summary(
        name=graph.name,
        file=graph.file,
        variant=graph.variant,
        rows=tuple(table.rows),
        parameters=trained,
        frozen=frozen,
        multiply_adds=every.cost(graph.items)[2],
        least=least_legal(dims, graph.bounds) or {},
        bounds=dict(graph.bounds),
    )


Cost = tuple[int, int, Dim]
"""Trained and frozen elements, and multiply-adds."""


class _Table:
    """Collects rows; what is deeper than it shows adds to the row it stands in."""

    def __init__(self, depth: int | None) -> None:
        self.depth = depth
        self.rows: list[Row] = []
        self.costs: dict[Body, Cost] = {}
        self.homes: tuple[Path, ...] = ((),)
        """Where the weights are of the body whose rows are added, and of those around."""

    def add(self, items: Sequence[Item], prefix: Path) -> None:
        """The rows of some items under a path."""
        last: Node | None = None
        for item in items:
            if isinstance(item, Node):
                if last is None or item.written is not last.written:
                    self.rows.append(self._placed(item, prefix))
                last = item
            elif isinstance(item, Group):
                self._group(item, prefix)
            elif isinstance(item, Loop):
                self._loop(item, prefix)
            elif isinstance(item, Call):
                self._call(item, prefix)

    def _placed(self, node: Node, prefix: Path) -> Row:
        """The row of a node, and whose weights it uses in this place."""
        row = _row(node, (*prefix, *node.path))
        own = home(node.owner, node.path, self.homes)
        if own != (*prefix, *node.path) and node.params:
            return replace(row, parameters=0, frozen=0, shares=".".join(own))
        ties = {
            name: ".".join((*home(tie.owner, (), self.homes), tie.weight))
            for name, tie in node.ties.items()
        }
        return replace(row, ties=ties)

    def _closed(self, path: Path) -> bool:
        return self.depth is not None and len(path) > self.depth

    def _group(self, group: Group, prefix: Path) -> None:
        path = (*prefix, *group.path)
        if not self._closed(path):
            self.add(group.items, prefix)
            return
        last = list(written_out(group.items))[-1]
        self._sum(path, "group", last, self.cost(group.items))

    def _loop(self, loop: Loop, prefix: Path) -> None:
        path = (*prefix, *loop.path)
        if not self._closed(path):
            for call in loop.calls:
                self._call(call, prefix)
            return
        turns = sum(call.times for call in loop.calls)
        what = f"{loop.kind} × {turns}"
        self._sum(path, what, loop.calls[-1], self.cost(loop.calls))

    def _call(self, call: Call, prefix: Path) -> None:
        path = (*prefix, *call.path)
        if not self._closed(path):
            around = self.homes
            for one in call.paths():
                self.homes = (*around, home(call.owner, one, around))
                self.add(call.body.items, (*prefix, *one))
            self.homes = around
            return
        what = call.body.block.name if call.body.block is not None else "iteration"
        if call.times > 1:
            what = f"{what} × {call.times}"
        self._sum(path, what, call, self.cost([call]))

    def _sum(self, path: Path, what: str, last: Step, cost: Cost) -> None:
        outputs = tuple(str(value.type) for value in last.outputs.values())
        row = Row(".".join(path), what, outputs, *cost, last.at)
        if isinstance(last, Call) and last.owner is not None:
            row = replace(row, shares=".".join(home(last.owner, (), self.homes)))
        self.rows.append(row)

    def cost(self, items: Sequence[Item]) -> Cost:
        """What some items cost together, a body looked at once."""
        trained, frozen, adds = 0, 0, cast(Dim, 0)
        for item in written_out(items):
            times, one = 1, (0, 0, cast(Dim, 0))
            if isinstance(item, Node):
                row = _row(item, item.path)
                one = (row.parameters, row.frozen, row.multiply_adds)
            elif isinstance(item, Call):
                times, body = item.times, item.body
                if body not in self.costs:
                    self.costs[body] = self.cost(body.items)
                one = self.costs[body]
                if item.owner is not None:
                    one = (0, 0, one[2])
            trained += times * one[0]
            frozen += times * one[1]
            adds += times * one[2]
        return trained, frozen, adds


def _row(node: Node, path: Path) -> Row:
    own = list(node.own_params)
    trained = sum(p.size for p in own if p.trainable and node.trainable)
    return Row(
        name=".".join(path),
        op=node.op.label,
        outputs=tuple(str(value.type) for value in node.outputs.values()),
        parameters=trained,
        frozen=sum(param.size for param in own) - trained,
        multiply_adds=node.op.multiply_adds(node.inputs.map(lambda value: value.type)),
        at=node.at,
    )
