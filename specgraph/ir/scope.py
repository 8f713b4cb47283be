"""Names while a graph is built: what layers are called, and what they may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from specgraph.definition import show
from specgraph.diagnostics import Problems, closest
from specgraph.ir.graph import UNKNOWN, Item, Path, Value
from specgraph.spec.evaluate import Evaluator
from specgraph.spec.names import name_problem
from specgraph.spec.schema import Layer, Reference, Sources
from specgraph.spec.source import Node as YamlNode


@dataclass(slots=True)
class Scope:
    """A name space: the top of a spec, a block, a group, or a turn of a loop."""

    path: Path
    taken: dict[str, YamlNode] = field(default_factory=dict)
    """Where each name of the scope stands, or the unnamed layer that was given it."""
    layers: dict[int, str] = field(default_factory=dict)
    """The name of every layer of the scope, by its identity."""
    made: dict[str, Item] = field(default_factory=dict)
    """What became of each layer so far, by name: whose weights others may use."""
    inner: bool = False
    """Whether its layers are those of a group or a turn, which torch has in a dict."""

    def claim(self, name: str, at: YamlNode, problems: Problems) -> None:
        """Takes a written name; a second taker is a problem."""
        first = self.taken.setdefault(name, at)
        if first is not at:
            message = f"the name `{name}` is taken"
            hint = f"line {first.line} has it; a scope's inputs and layers share names"
            problems.add("duplicate-name", message, at, hint)

    def name_layers(self, layers: tuple[Layer, ...], problems: Problems) -> None:
        """Gives every layer its name: as written, else counted per op."""
        for layer in entries(layers):
            if layer.name is not None and layer.name_at is not None:
                self.layers[id(layer)] = layer.name
                self.claim(layer.name, layer.name_at, problems)
                self._check(layer.name, layer.name_at, problems)
        counts: dict[str, int] = {}
        for layer in entries(layers):
            if layer.name is None:
                self.layers[id(layer)] = self._counted(layer, counts)

    def _check(self, name: str, at: YamlNode, problems: Problems) -> None:
        """Records what a layer of a group cannot be called."""
        why = name_problem(name, in_group=True) if self.inner else None
        if why:
            message = f"a layer cannot be called {show(name)}: {why}"
            problems.add("reserved-name", message, at)

    def _counted(self, layer: Layer, counts: dict[str, int]) -> str:
        """The next name of an unnamed layer: `dense`, `dense_2`, …"""
        label = layer.label
        while True:
            number = counts[label] = counts.get(label, 0) + 1
            name = label if number == 1 else f"{label}_{number}"
            if name not in self.taken:
                self.taken[name] = layer.at
                return name


def entries(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    """The layers of one scope in the order they run, those in branches too."""
    for layer in layers:
        if layer.repeat is None:
            for _, branch in layer.branches:
                yield from entries(branch)
        yield layer


def sources(layers: tuple[Layer, ...]) -> Iterator[Sources]:
    """Every `from` in some layers, those inside them too."""
    for layer in layers:
        if layer.sources is not None:
            yield layer.sources
        yield from sources(layer.layers)
        for _, branch in layer.branches:
            yield from sources(branch)


def wanted(layers: tuple[Layer, ...], named: list[str]) -> dict[str, int]:
    """How often each name is asked for by a `from` in a scope, or by its outputs."""
    found: dict[str, int] = {}
    for name in named:
        found[name] = found.get(name, 0) + 1
    for written in sources(layers):
        references = list(written.positional or ())
        for group in written.named.values():
            references += group
        for reference in references:
            found[reference.name] = found.get(reference.name, 0) + 1
    return found


@dataclass(slots=True)
class Handle:
    """What a name stands for: a layer's outputs, the first of them its value."""

    outputs: dict[str, Value]
    several: bool = False
    """Whether they are branches, all of which a model that ends here gives."""
    turns: Callable[[], list[Mapping[str, Value]]] | None = None
    """For a loop, gives the outputs of every turn."""

    @classmethod
    def of(cls, value: Value) -> Handle:
        """What a lone value stands for."""
        return cls({"output": value})

    @property
    def first(self) -> Value:
        """The value that the bare name means."""
        return next(iter(self.outputs.values()))


BROKEN = Handle.of(UNKNOWN)
"""What a layer stands for whose problem is recorded."""


@dataclass(slots=True)
class Door:
    """The way into a body that has no declared inputs: what it takes from around it."""

    outer: Frame
    values: dict[Value, Value] = field(default_factory=dict)
    """By the value around it, the body's own."""

    def take(self, value: Value) -> Value:
        """The body's own value for one from around it."""
        if value is UNKNOWN:
            return value
        found = self.values.get(value)
        if found is None:
            found = self.values[value] = Value(value.name, value.type)
        return found


@dataclass(slots=True)
class Frame:
    """Where layers stand: their scope, what they see, and where their nodes go."""

    scope: Scope
    items: list[Item]
    evaluator: Evaluator
    parent: Frame | None = None
    door: Door | None = None
    """Where the frame is the outermost of a turn: how it takes values from around."""
    branch: str | None = None
    trainable: bool = True
    names: dict[str, Handle] = field(default_factory=dict)
    """The values in sight, but for those that enclosing frames have."""
    later: dict[str, Layer] = field(default_factory=dict)
    """The layers of this frame that are still to come, the present one included."""
    in_body: bool = False
    """Whether it stands in a body that may be used again with other arguments."""
    wanted: dict[str, int] | None = None
    """How often each name is asked for in the scope, where that matters."""
    current: Layer | None = None

    def asked(self, name: str) -> int:
        """How often the layers around ask for a name."""
        frame: Frame | None = self
        while frame is not None and frame.wanted is None:
            frame = frame.parent
        return frame.wanted.get(name, 0) if frame and frame.wanted else 0

    def inside(self, branch: str | None, trainable: bool) -> Frame:
        """The frame of the layers of a branch."""
        return Frame(
            self.scope,
            self.items,
            self.evaluator,
            self,
            branch=branch,
            trainable=trainable,
            in_body=self.in_body,
        )

    def under(self, names: Mapping[str, object]) -> Frame:
        """The same place, with more names for expressions."""
        return replace(self, evaluator=self.evaluator.under(names))

    def find(self, reference: Reference, problems: Problems) -> list[Value]:
        """The values that a reference names; else records why, and they are UNKNOWN."""
        found = self._handle(reference.name)
        if found is not None:
            handle, doors = found
            values = _values(handle, reference, problems)
            for door in reversed(doors):
                values = [door.take(value) for value in values]
            return values
        message, hint = self._unknown(reference.name)
        problems.add("bad-reference", message, reference.at, hint)
        return [UNKNOWN]

    def one(self, reference: Reference, problems: Problems) -> Value:
        """The one value that a reference names."""
        found = self.find(reference, problems)
        if reference.every:
            message = "one value is wanted here; `.all` is several"
            problems.add("bad-reference", message, reference.at)
            return UNKNOWN
        return found[0]

    def _handle(self, name: str) -> tuple[Handle, list[Door]] | None:
        """What a name stands for in the nearest frame, and the doors on the way."""
        frame: Frame | None = self
        doors: list[Door] = []
        while frame is not None:
            handle = frame.names.get(name)
            if handle is not None:
                return handle, doors
            if frame.door is not None:
                doors.append(frame.door)
            frame = frame.parent
        return None

    def _unknown(self, name: str) -> tuple[str, str]:
        """Why a name stands for nothing here, and what to do."""
        known: list[str] = []
        hidden = False
        frame: Frame | None = self
        while frame is not None:
            layer = frame.later.get(name)
            if layer is not None and layer is frame.current:
                return f"`{name}` cannot take itself", "`from` names earlier layers"
            if layer is not None:
                at = layer.name_at or layer.at
                hint = f"it stands on line {at.line}; `from` names earlier layers"
                return f"`{name}` comes later", hint
            hidden = hidden or name in frame.scope.taken
            known += filter(None, frame.names)
            frame = frame.parent
        if hidden:
            hint = "layers of a branch are named in it only; after it, take its value"
            return f"`{name}` is in a branch, out of sight from here", hint
        near = closest(name, known)
        hint = f"did you mean `{near}`?" if near else ""
        hint = hint or f"in sight here: {', '.join(known[:12]) or 'nothing'}"
        return f"no layer or input `{name}` is in sight", hint


def _values(handle: Handle, reference: Reference, problems: Problems) -> list[Value]:
    if reference.every:
        return _every(handle, reference, problems)
    return [_output(handle.outputs, reference, problems)]


def _every(handle: Handle, reference: Reference, problems: Problems) -> list[Value]:
    if handle.first is UNKNOWN:
        return [UNKNOWN]
    if handle.turns is None:
        message = f"`{reference.name}` is no `repeat` or `for`: it has one output each"
        problems.add("bad-reference", message, reference.at, "leave out `.all`")
        return [UNKNOWN]
    return [_output(turn, reference, problems) for turn in handle.turns()]


def _output(
    outputs: Mapping[str, Value], reference: Reference, problems: Problems
) -> Value:
    first = next(iter(outputs.values()))
    if reference.output is None:
        return first
    value = outputs.get(reference.output)
    if value is None and first is UNKNOWN:
        return UNKNOWN
    if value is None:
        message = f"`{reference.name}` has no output `{reference.output}`"
        hint = f"its outputs: {', '.join(outputs)}"
        problems.add("bad-reference", message, reference.at, hint)
        return UNKNOWN
    return value
