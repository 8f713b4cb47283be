"""Names while a graph is built: what a layer may be called and what it may see."""

from __future__ import annotations

from dataclasses import dataclass, field

from specgraph.diagnostics import Location, Problems, closest
from specgraph.ir.graph import UNKNOWN, Path, Value
from specgraph.spec.schema import Layer, Reference
from specgraph.spec.source import Node as YamlNode


@dataclass(slots=True)
class Scope:
    """A name space: the top of a spec, or a group."""

    path: Path
    group: bool = False
    taken: dict[str, Location] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    """Names that layers of this scope were given in the spec: counting skips them."""

    def claim(self, name: str, at: YamlNode, problems: Problems) -> None:
        """Takes a written name; a second taker is a problem."""
        first = self.taken.setdefault(name, at.at)
        if first != at.at:
            message = f"the name `{name}` is taken"
            hint = f"line {first.line} has it; a scope's inputs and layers share names"
            problems.add("duplicate-name", message, at, hint)

    def count(self, label: str, at: Location) -> str:
        """The next name of an unnamed layer: `dense`, `dense_2`, …"""
        while True:
            number = self.counts[label] = self.counts.get(label, 0) + 1
            name = label if number == 1 else f"{label}_{number}"
            if name not in self.reserved and name not in self.taken:
                self.taken[name] = at
                return name


@dataclass(slots=True)
class Handle:
    """What a name stands for: a layer's outputs, the first of them its value."""

    outputs: dict[str, Value]

    @classmethod
    def broken(cls) -> Handle:
        """What a layer stands for whose problem is recorded."""
        return cls({"output": UNKNOWN})

    @property
    def first(self) -> Value:
        """The value that the bare name means."""
        return next(iter(self.outputs.values()))


@dataclass(slots=True)
class Frame:
    """The names a layer sees: those before it, here and around."""

    parent: Frame | None = None
    names: dict[str, Handle] = field(default_factory=dict)
    later: dict[str, int] = field(default_factory=dict)
    """Lines of the layers that are named further down."""

    def find(self, reference: Reference, problems: Problems) -> Value:
        """The value that a reference names; else records why, and it is UNKNOWN."""
        frame: Frame | None = self
        while frame is not None:
            handle = frame.names.get(reference.name)
            if handle is not None:
                return _output(handle, reference, problems)
            frame = frame.parent
        self._unknown(reference, problems)
        return UNKNOWN

    def _unknown(self, reference: Reference, problems: Problems) -> None:
        known: list[str] = []
        frame: Frame | None = self
        while frame is not None:
            line = frame.later.get(reference.name)
            if line is not None:
                problems.add(
                    "bad-reference",
                    f"`{reference.name}` comes later",
                    reference.at,
                    f"it is defined on line {line}; `from` names earlier layers only",
                )
                return
            known += frame.names
            frame = frame.parent
        near = closest(reference.name, known)
        hint = f"did you mean `{near}`?" if near else ""
        hint = hint or f"in sight here: {', '.join(known[:12]) or 'nothing'}"
        message = f"no layer or input `{reference.name}` is in sight"
        problems.add("bad-reference", message, reference.at, hint)


def _output(handle: Handle, reference: Reference, problems: Problems) -> Value:
    if reference.output is None or handle.first is UNKNOWN:
        return handle.first
    value = handle.outputs.get(reference.output)
    if value is None:
        message = f"`{reference.name}` has no output `{reference.output}`"
        hint = f"its outputs: {', '.join(handle.outputs)}"
        problems.add("bad-reference", message, reference.at, hint)
        return UNKNOWN
    return value


def written_names(layers: tuple[Layer, ...]) -> dict[str, YamlNode]:
    """The names that the layers of one scope were given, those in branches too."""
    found: dict[str, YamlNode] = {}
    stack = list(reversed(layers))
    while stack:
        layer = stack.pop()
        if layer.name is not None and layer.name_at is not None:
            found.setdefault(layer.name, layer.name_at)
        for _, branch in reversed(layer.branches):
            stack.extend(reversed(branch))
    return found
