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


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose weights a layer or call has, where they are not its own."""

    path: Path
    """From the body that it stands in."""
    up: int = 0
    """How many bodies further out that is: a turn may have the weights of a layer
    before its loop."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A weight that is another layer's."""

    owner: Owner
    weight: str
    axes: tuple[int, ...] = ()
    """Its axes in the order in which they are used here; none for as they are."""
    trained: bool = True


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
    owner: Owner | None = None
    """The layer whose weights and buffers it uses, if they are not its own."""
    ties: dict[str, Tie] = field(default_factory=dict)
    """The weights, by name, that are those of other layers."""

    def owns(self, weight: str) -> bool:
        """Whether a weight is its own."""
        return self.owner is None and weight not in self.ties

    def weight(self, name: str) -> str:
        """The path at which the model has a weight, for a node that is written out."""
        tie = self.ties.get(name)
        if tie is not None:
            return ".".join((*tie.owner.path, tie.weight))
        path = self.path if self.owner is None else self.owner.path
        return ".".join((*path, name))

    @property
    def trained(self) -> bool:
        """Whether it computes with weights that are trained."""
        return any(
            self.ties[param.name].trained if param.name in self.ties else self.trainable
            for param in self.params
            if param.trainable
        )

    @property
    def weights(self) -> Iterator[str]:
        """The paths at which the model has its weights, once it is written out."""
        return (self.weight(param.name) for param in self.params)

    @property
    def own_params(self) -> Iterator[Param]:
        """The weights that are its own."""
        return (param for param in self.params if self.owns(param.name))

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
    trainable: bool = True
    owner: Owner | None = None
    """The call whose weights and buffers it uses, if they are not its own."""

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
    items: Sequence[Item], known: dict[Body, tuple[int, int]]
) -> tuple[int, int]:
    """The elements of the weights in some items, trained and frozen.

    Each body is counted once.
    """
    trained = frozen = 0
    for item in written_out(items):
        if isinstance(item, Node):
            for param in item.own_params:
                if param.trainable and item.trainable:
                    trained += param.size
                else:
                    frozen += param.size
        elif isinstance(item, Call) and item.owner is None:
            if item.body not in known:
                known[item.body] = count_elements(item.body.items, known)
            inner = known[item.body]
            trained += item.times * inner[0]
            frozen += item.times * inner[1]
    return trained, frozen


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
