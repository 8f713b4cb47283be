"""The graph: nodes and calls in written order, every value with its type and place.

The hierarchy of the spec is kept.  A `Group` sees the values around it; a `Call` uses a
`Body`, which knows its inputs alone and can be used many times; a `Loop` holds the calls
of a `repeat` or `for`.  `walk` gives the nodes of the whole model in the order they run,
each at its own path, as if every call had been written out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from specgraph.definition import Semantics
from specgraph.diagnostics import Location, Placed
from specgraph.ops.base import Bound, Layout, Op, Param, TensorType
from specgraph.ops.sizes import Bounds
from specgraph.spec.schema import Block, Layer
from specgraph.training.config import Training

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


@dataclass(slots=True, eq=False)
class Input:
    """A model input: its value, its layout as written, and the values it may take."""

    value: Value
    range: tuple[float, float] | None
    at: Placed
    layout_written: bool = False

    @property
    def name(self) -> str:
        """The input's name."""
        return self.value.name

    @property
    def layout(self) -> Layout:
        """The layout its value has."""
        return self.value.type.layout


@dataclass(slots=True, eq=False)
class Graph:
    """A model: its inputs, its layers, and the values it gives."""

    name: str
    file: str
    description: str
    semantics: Semantics
    layout: Layout
    inputs: dict[str, Input]
    items: list[Item]
    outputs: dict[str, Value]
    bounds: dict[str, Bounds]
    training: Training | None = None
    deviations: tuple[str, ...] = ()
    variant: str = ""
    """The variant of the spec that it is, if it has some and one was chosen."""
    logits: dict[str, Value] = field(default_factory=dict)
    """For outputs whose softmax or sigmoid the loss looks through: what it is fed."""
    resolved: str = ""
    """The resolved spec: YAML with nothing left open that means the same."""
    _nodes: list[Node] | None = field(default=None, init=False, repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the resolved spec: what "the same model" means."""
        return hashlib.sha256(self.resolved.encode()).hexdigest()

    @property
    def calls(self) -> bool:
        """Whether some body is used: a block, or a loop."""
        return any(isinstance(step, Call | Loop) for step in steps(self.items))

    def walk(self) -> Iterator[Node]:
        """Every node of the model, in the order they run."""
        if self._nodes is None:
            self._nodes = list(_expanded(self.items, (), {}, ()))
        return iter(self._nodes)

    def changed(self, change: Callable[[Node], Sequence[Node]]) -> Graph:
        """The graph with other nodes in the place of each; bodies too."""
        return replace(self, items=_changed(self.items, change, {}))

    def values(self) -> Iterator[Value]:
        """Every value: inputs first, then outputs of nodes as they run."""
        for entry in self.inputs.values():
            yield entry.value
        for node in self.walk():
            yield from node.outputs.values()

    def users(self) -> dict[Value, list[Node]]:
        """The nodes that take each value, a node once for each time it takes it."""
        users: dict[Value, list[Node]] = {}
        for node in self.walk():
            for value in node.inputs:
                users.setdefault(value, []).append(node)
        return users

    def parameters(self, *, trainable: bool | None = None) -> dict[str, Param]:
        """The weights by path; with `trainable`, those that are or are not trained."""
        found = {}
        for node in self.walk():
            for param in node.params:
                trained = param.trainable and node.trainable
                if trainable is None or trained == trainable:
                    found[f"{node.name}.{param.name}"] = param
        return found

    def count(self, *, trainable: bool = True) -> int:
        """The number of trainable (or frozen) elements of all weights."""
        return _count(self.items, trainable, {})


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


def _count(items: Sequence[Item], trainable: bool, known: dict[Body, int]) -> int:
    """The elements of the weights in some items, each body counted once."""
    count = 0
    for item in written_out(items):
        if isinstance(item, Node):
            for param in item.params:
                if (param.trainable and item.trainable) == trainable:
                    count += param.size
        elif isinstance(item, Call):
            if item.body not in known:
                known[item.body] = _count(item.body.items, trainable, known)
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


def _expanded(
    items: Sequence[Item], prefix: Path, values: dict[Value, Value], chain: Chain
) -> Iterator[Node]:
    """The nodes of a body under a path; `values` are what the body's stand for."""
    for item in written_out(items):
        if isinstance(item, Call):
            yield from _called(item, prefix, values, chain)
        elif isinstance(item, Skip):
            values[item.outputs["output"]] = values[item.inputs[0]]
        elif not prefix:
            yield item
        else:
            yield _placed(item, prefix, values, chain)


def _placed(node: Node, prefix: Path, values: dict[Value, Value], chain: Chain) -> Node:
    path = (*prefix, *node.path)
    dotted = ".".join(path)
    outputs = {}
    for key, value in node.outputs.items():
        name = dotted if len(node.outputs) == 1 else f"{dotted}.{key}"
        made = values.get(value)
        if made is None:
            made = values[value] = Value(name, value.type)
        made.name = name
        outputs[key] = made
    found = replace(
        node,
        path=path,
        inputs=node.inputs.map(lambda value: values[value]),
        outputs=outputs,
        chain=chain,
    )
    for value in outputs.values():
        value.producer = found
    return found


def _called(
    call: Call, prefix: Path, values: dict[Value, Value], chain: Chain
) -> Iterator[Node]:
    body = call.body
    if body.block is not None:
        chain = (*chain, (body.block.name, call.at))
    inputs = [values.get(value, value) for value in call.inputs]
    inner: dict[Value, Value] = {}
    for number, path in enumerate(call.paths(), 1):
        inner = dict(zip(body.inputs.values(), inputs, strict=True))
        if number == call.times:
            for name in body.outputs:
                given = _given(call.outputs[name], prefix, values)
                inner.setdefault(body.given(name), given)
        yield from _expanded(body.items, (*prefix, *path), inner, chain)
        if number < call.times and inputs:
            inputs[0] = inner[body.given(next(iter(body.outputs)))]
    for name in body.outputs:
        values[call.outputs[name]] = inner[body.given(name)]


def _given(value: Value, prefix: Path, values: dict[Value, Value]) -> Value:
    """What an output of a call stands for: itself at the top, else one a use."""
    if not prefix:
        return value
    return values.get(value) or Value(value.name, value.type)


def _changed(
    items: Sequence[Item],
    change: Callable[[Node], Sequence[Node]],
    bodies: dict[Body, Body],
) -> list[Item]:
    found: list[Item] = []
    for item in items:
        if isinstance(item, Node):
            found.extend(change(item))
        elif isinstance(item, Group):
            found.append(replace(item, items=_changed(item.items, change, bodies)))
        elif isinstance(item, Loop):
            calls = [_recalled(call, change, bodies) for call in item.calls]
            found.append(replace(item, calls=calls))
        elif isinstance(item, Skip):
            found.append(item)
        else:
            found.append(_recalled(item, change, bodies))
    return found


def _recalled(
    call: Call,
    change: Callable[[Node], Sequence[Node]],
    bodies: dict[Body, Body],
) -> Call:
    body = bodies.get(call.body)
    if body is None:
        body = replace(call.body, items=_changed(call.body.items, change, bodies))
        bodies[call.body] = body
    return replace(call, body=body)
