"""The graph: nodes and calls in written order, every value with its type and place.

The hierarchy of the spec is kept.  A `Call` holds the body of a group (and, when the
language brings them, of a block); `walk` gives the nodes in the order they run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from specgraph.definition import Semantics
from specgraph.diagnostics import Location, Placed
from specgraph.ops.base import Bound, Layout, Op, Param, TensorType
from specgraph.ops.sizes import Bounds
from specgraph.spec.schema import Layer
from specgraph.training.config import Training

Path = tuple[str, ...]


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
class Call:
    """A use of a body of layers; a group's body sees the values around it."""

    path: Path
    kind: Literal["group"]
    items: list[Item]
    at: Location


Item = Node | Call


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
    logits: dict[str, Value] = field(default_factory=dict)
    """For outputs whose softmax or sigmoid the loss looks through: what it is fed."""
    resolved: str = ""
    """The resolved spec: YAML with nothing left open that means the same."""

    @property
    def digest(self) -> str:
        """SHA-256 of the resolved spec: what "the same model" means."""
        return hashlib.sha256(self.resolved.encode()).hexdigest()

    def walk(self) -> Iterator[Node]:
        """Every node, in the order they run."""
        stack: list[Iterator[Item]] = [iter(self.items)]
        while stack:
            for item in stack[-1]:
                if isinstance(item, Call):
                    stack.append(iter(item.items))
                    break
                yield item
            else:
                stack.pop()

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
        return sum(p.size for p in self.parameters(trainable=trainable).values())
