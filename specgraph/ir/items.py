"""What a model is made of: values, nodes, and the bodies that calls and loops use.

A `Group` sees the values around it; a `Call` uses a `Body`, which knows its inputs alone
and can be used many times; a `Loop` holds the calls of a `repeat` or `for`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from specgraph.diagnostics import Location
from specgraph.ops.base import Bound, Op, Param, TensorType
from specgraph.spec.schema import Block, Layer

Path = tuple[str, ...]
Chain = tuple[tuple[str, Location], ...]


@dataclass(slots=True, eq=False)
class Value:
    """One tensor: a model input, or an output of a node."""

    name: str
    type: TensorType
    producer: Node | None = None

    def __repr__(self) -> str:
        return f"%{self.name}: {self.type}"


UNKNOWN = Value("?", TensorType(()))
"""The value of a layer whose problem is recorded: whatever takes it is not typed."""


@dataclass(slots=True, eq=False)
class Node:
    """A use of an op."""

    path: Path
    op: Op
    inputs: Bound[Value]
    outputs: dict[str, Value]
    params: tuple[Param, ...]
    at: Location
    trainable: bool = True
    branch: str | None = None
    """The branch that the node ends or stands in: a name for its variable."""
    written: Layer | None = None
    chain: Chain = ()
    """The uses of blocks that led here, outermost first."""

    @property
    def name(self) -> str:
        """The path as a reader writes it: `stem.conv2d`."""
        return ".".join(self.path)

    @property
    def output(self) -> Value:
        """The first output."""
        return next(iter(self.outputs.values()))

    def __repr__(self) -> str:
        return f"{self.name} = {self.op.label}({', '.join(map(repr, self.inputs))})"


@dataclass(slots=True, eq=False)
class Group:
    """Layers under one name, which see the values around them."""

    path: Path
    items: list[Item]
    at: Location


@dataclass(slots=True, eq=False)
class Body:
    """Typed layers with inputs of their own: a block under some arguments, or one turn.

    Paths in it start at the body; it sees nothing but its inputs.
    """

    block: Block | None
    """The block, None for a turn of a loop whose layers stand in it."""
    inputs: dict[str, Value]
    items: list[Item]
    outputs: dict[str, Value]
    arguments: dict[str, object] = field(default_factory=dict)
    """The values of the block's parameters, or of the loop's variables."""
    size: int = 0
    """The number of nodes, those of all calls counted."""

    def given(self, name: str) -> Value:
        """The value that an output is, behind all layers that are left out."""
        aliases = {
            item.outputs["output"]: item.inputs[0]
            for item in written_out(self.items)
            if isinstance(item, Skip)
        }
        value = self.outputs[name]
        while value in aliases:
            value = aliases[value]
        return value


@dataclass(slots=True, eq=False)
class Call:
    """A use of a body, or several in a row, each taking what the former gives.

    Each further one takes the first output of the one before as its first input, and is
    called by the next number.  `outputs` are those of the last.
    """

    path: Path
    body: Body
    inputs: tuple[Value, ...]
    outputs: dict[str, Value]
    at: Location
    written: Layer
    branch: str | None = None
    arguments: dict[str, object] = field(default_factory=dict)
    """What it passes for the block's parameters."""
    times: int = 1

    def paths(self) -> Iterator[Path]:
        """The path of each use."""
        yield self.path
        for further in range(1, self.times):
            yield (*self.path[:-1], str(int(self.path[-1]) + further))


@dataclass(slots=True, eq=False)
class Loop:
    """The turns of a `repeat` or a `for`; the last one's outputs are its own."""

    path: Path
    kind: Literal["repeat", "for"]
    calls: list[Call]
    at: Location
    written: Layer
    times: int = 0
    """The number of turns; traced, where it was computed from parameters."""

    @property
    def inputs(self) -> tuple[Value, ...]:
        """What the first turn takes."""
        return self.calls[0].inputs

    @property
    def outputs(self) -> dict[str, Value]:
        """What the last turn gives."""
        return self.calls[-1].outputs

    @property
    def branch(self) -> str | None:
        """The branch that it stands in."""
        return self.calls[0].branch


@dataclass(slots=True, eq=False)
class Skip:
    """A layer of a body that its `when` leaves out: it gives what it takes."""

    path: Path
    inputs: tuple[Value, ...]
    outputs: dict[str, Value]
    at: Location
    written: Layer
    branch: str | None = None


Item = Node | Group | Call | Loop | Skip
Step = Node | Call | Skip


def steps(items: Sequence[Item]) -> Iterator[Step | Loop]:
    """The steps of one body, those in groups too, and loops as a whole."""
    for item in items:
        if isinstance(item, Group):
            yield from steps(item.items)
        else:
            yield item


def written_out(items: Sequence[Item]) -> Iterator[Step]:
    """The steps of one body, those in groups and loops too, in order."""
    for item in items:
        if isinstance(item, Group):
            yield from written_out(item.items)
        elif isinstance(item, Loop):
            yield from item.calls
        else:
            yield item


def count_elements(
    items: Sequence[Item], trainable: bool, known: dict[Body, int]
) -> int:
    """The elements of the weights in some items, each body counted once."""
    count = 0
    for item in written_out(items):
        if isinstance(item, Node):
            for param in item.params:
                if (param.trainable and item.trainable) == trainable:
                    count += param.size
        elif isinstance(item, Call):
            if item.body not in known:
                known[item.body] = count_elements(item.body.items, trainable, known)
            count += item.times * known[item.body]
    return count


def distinct_nodes(items: Sequence[Item]) -> Iterator[Node]:
    """The nodes of a model and of its bodies, each body once."""
    seen: set[Body] = set()
    stack = [items]
    while stack:
        for item in written_out(stack.pop()):
            if isinstance(item, Node):
                yield item
            elif isinstance(item, Call) and item.body not in seen:
                seen.add(item.body)
                stack.append(item.body.items)
