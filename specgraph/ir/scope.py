"""Names while a graph is built: what layers are called, and what they may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from specgraph.definition import show
from specgraph.diagnostics import Problems, closest
from specgraph.ir.graph import UNKNOWN, Item, Path, Value
from specgraph.spec.names import name_problem
from specgraph.spec.schema import Layer, Reference
from specgraph.spec.source import Node as YamlNode


@dataclass(slots=True)
class Scope:
    """A name space: the top of a spec, or a group."""

    path: Path
    taken: dict[str, YamlNode] = field(default_factory=dict)
    """Where each name of the scope stands, or the unnamed layer that was given it."""
    layers: dict[int, str] = field(default_factory=dict)
    """The name of every layer of the scope, by its identity."""

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
        why = name_problem(name, in_group=True) if self.path else None
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
        for _, branch in layer.branches:
            yield from entries(branch)
        yield layer


@dataclass(slots=True)
class Handle:
    """What a name stands for: a layer's outputs, the first of them its value."""

    outputs: dict[str, Value]
    several: bool = False
    """Whether they are branches, all of which a model that ends here gives."""

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
class Frame:
    """Where layers stand: their scope, what they see, and where their nodes go."""

    scope: Scope
    items: list[Item]
    parent: Frame | None = None
    branch: str | None = None
    trainable: bool = True
    names: dict[str, Handle] = field(default_factory=dict)
    """The values in sight, but for those that enclosing frames have."""
    later: dict[str, Layer] = field(default_factory=dict)
    """The layers of this frame that are still to come, the present one included."""
    current: Layer | None = None

    def inside(self, layer: Layer, branch: str | None) -> Frame:
        """The frame of the layers of a branch."""
        trained = self.trainable and layer.trainable
        return Frame(self.scope, self.items, self, branch, trained)

    def find(self, reference: Reference, problems: Problems) -> Value:
        """The value that a reference names; else records why, and it is UNKNOWN."""
        frame: Frame | None = self
        while frame is not None:
            handle = frame.names.get(reference.name)
            if handle is not None:
                return _output(handle, reference, problems)
            frame = frame.parent
        message, hint = self._unknown(reference.name)
        problems.add("bad-reference", message, reference.at, hint)
        return UNKNOWN

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
            known += frame.names
            frame = frame.parent
        if hidden:
            hint = "layers of a branch are named in it only; after it, take its value"
            return f"`{name}` is in a branch, out of sight from here", hint
        near = closest(name, known)
        hint = f"did you mean `{near}`?" if near else ""
        hint = hint or f"in sight here: {', '.join(known[:12]) or 'nothing'}"
        return f"no layer or input `{name}` is in sight", hint


def _output(handle: Handle, reference: Reference, problems: Problems) -> Value:
    if reference.output is None:
        return handle.first
    value = handle.outputs.get(reference.output)
    if value is None and handle.first is UNKNOWN:
        return UNKNOWN
    if value is None:
        message = f"`{reference.name}` has no output `{reference.output}`"
        hint = f"its outputs: {', '.join(handle.outputs)}"
        problems.add("bad-reference", message, reference.at, hint)
        return UNKNOWN
    return value
