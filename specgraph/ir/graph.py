"""The graph: a whole model, its inputs, layers, outputs and training.

The hierarchy of the spec is kept.  `walk` gives the nodes of the whole model in the
order they run, each at its own path, as if every call had been written out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from specgraph.definition import Semantics
from specgraph.diagnostics import Location, Placed
from specgraph.ir.expand import changed, expanded
from specgraph.ir.items import (
    UNKNOWN,
    Body,
    Call,
    Chain,
    Group,
    Item,
    Loop,
    Node,
    Owner,
    Path,
    Skip,
    Step,
    Tie,
    Value,
    count_elements,
    distinct_nodes,
    steps,
    written_out,
)
from specgraph.ops.base import Layout, Param
from specgraph.ops.sizes import Bounds
from specgraph.training.config import Training

__all__ = [
    "UNKNOWN",
    "Body",
    "Call",
    "Chain",
    "Graph",
    "Group",
    "Input",
    "Item",
    "Loop",
    "Node",
    "Owner",
    "Path",
    "Skip",
    "Step",
    "Tie",
    "Value",
    "distinct_nodes",
    "steps",
    "written_out",
]


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
    training_at: Location | None = None
    """Where the spec says how to train."""
    deviations: tuple[str, ...] = ()
    variant: str = ""
    """The variant of the spec that it is, if it has some and one was chosen."""
    logits: dict[str, Value] = field(default_factory=dict)
    """For outputs whose softmax or sigmoid the loss looks through: what it is fed."""
    resolved: str = ""
    """The resolved spec: YAML with nothing left open that means the same."""
    _nodes: list[Node] | None = field(default=None, init=False, repr=False)
    _idle: tuple[frozenset[str], frozenset[str]] | None = field(
        default=None, init=False, repr=False
    )

    @property
    def title(self) -> str:
        """The name, and the variant."""
        return f"{self.name} {self.variant}".rstrip()

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
            self._nodes = list(expanded(self.items))
        return iter(self._nodes)

    def changed(self, change: Callable[[Node], Sequence[Node]]) -> Graph:
        """The graph with other nodes in the place of each; bodies too."""
        return replace(self, items=changed(self.items, change, {}))

    def values(self) -> Iterator[Value]:
        """Every value: inputs first, then outputs of nodes as they run."""
        for entry in self.inputs.values():
            yield entry.value
        for node in self.walk():
            yield from node.outputs.values()

    def typed(self) -> Iterator[Value]:
        """Every value that has a type of its own: those of a body once."""
        for entry in self.inputs.values():
            yield entry.value
        for node in distinct_nodes(self.items):
            yield from node.outputs.values()

    def users(self) -> dict[Value, list[Node]]:
        """The nodes that take each value, a node once for each time it takes it."""
        users: dict[Value, list[Node]] = {}
        for node in self.walk():
            for value in node.inputs:
                users.setdefault(value, []).append(node)
        return users

    def idle(self) -> tuple[frozenset[str], frozenset[str]]:
        """The values and the weights from which no output follows, by path.

        Of a block one output may go unused: what leads to that alone is idle there.
        """
        if self._idle is None:
            self._idle = self._without_output()
        return self._idle

    def _without_output(self) -> tuple[frozenset[str], frozenset[str]]:
        taken = {*self.outputs.values(), *self.logits.values()}
        values: set[str] = set()
        weights: set[str] = set()
        used: set[str] = set()
        for node in reversed(list(self.walk())):
            held = {node.weight(param.name) for param in node.params}
            if any(value in taken for value in node.outputs.values()):
                taken.update(node.inputs)
                used |= held
            else:
                values |= {value.name for value in node.outputs.values()}
                weights |= held
        return frozenset(values), frozenset(weights - used)

    def parameters(self, *, trainable: bool | None = None) -> dict[str, Param]:
        """The weights by path; with `trainable`, those that are or are not trained."""
        found = {}
        for node in self.walk():
            for param in node.own_params:
                trained = param.trainable and node.trainable
                if trainable is None or trained == trainable:
                    found[f"{node.name}.{param.name}"] = param
        return found

    def counts(self) -> tuple[int, int]:
        """The number of elements of all weights, of the trained and of the frozen."""
        return count_elements(self.items, {})

    def count(self, *, trainable: bool = True) -> int:
        """The number of trainable (or frozen) elements of all weights."""
        return self.counts()[not trainable]
