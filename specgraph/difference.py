"""Whether two specs are the same model, and where they part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, unified_diff
from typing import Any

from specgraph.definition import plain_form
from specgraph.diagnostics import Location
from specgraph.ir.build import build_graph
from specgraph.ir.graph import Graph, Node
from specgraph.ir.listing import flow
from specgraph.load import compile_spec
from specgraph.spec.schema import Spec
from specgraph.spec.source import Mapping as YamlMapping
from specgraph.spec.source import Node as YamlNode


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same: its name, and what each side has there."""

    what: str
    left: str
    right: str
    left_at: Location | None = None
    right_at: Location | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for tools."""
        return {
            "what": self.what,
            "left": self.left,
            "right": self.right,
            "left_at": str(self.left_at) if self.left_at else None,
            "right_at": str(self.right_at) if self.right_at else None,
        }


ABSENT = "absent"
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two models: its spec, and the graph of that, as it was written."""

    spec: Spec
    graph: Graph

    @classmethod
    def of(cls, spec: Spec) -> Side:
        """The side of a spec; raises SpecError."""
        resolved = compile_spec(spec).resolved
        return cls(spec, replace(build_graph(spec), resolved=resolved))

    def place(self, path: str) -> Location | None:
        """Where the innermost written key of a dotted path stands."""
        node: YamlNode = self.spec.document.root
        found = None
        for part in path.split("."):
            if not isinstance(node, YamlMapping) or part not in node.items:
                break
            found = node.keys[part].at
            node = node.items[part]
        return found


def differences(ours: Side, theirs: Side) -> list[Difference]:
    """What keeps two specs from being the same model; empty if nothing."""
    left, right = ours.graph, theirs.graph
    if left.resolved == right.resolved:
        return []
    plain = _compared("", (ours, _model(left)), (theirs, _model(right)))
    found = [*plain, *_inputs(left, right), *_layers(left, right)]
    found += _training(ours, theirs)
    return found or [_written(left, right)]


def _inputs(left: Graph, right: Graph) -> Iterator[Difference]:
    for name in dict.fromkeys((*left.inputs, *right.inputs)):
        a, b = left.inputs.get(name), right.inputs.get(name)
        if a is None or b is None:
            yield Difference(
                f"input {name}",
                ABSENT if a is None else str(a.value.type),
                ABSENT if b is None else str(b.value.type),
                a.at.at if a else None,
                b.at.at if b else None,
            )
            continue
        for part in ("shape", "dtype", "layout"):
            one, other = getattr(a.value.type, part), getattr(b.value.type, part)
            if one != other:
                yield Difference(
                    f"input {name}.{part}", _text(one), _text(other), a.at.at, b.at.at
                )
        if a.range != b.range:
            yield Difference(
                f"input {name}.range", _text(a.range), _text(b.range), a.at.at, b.at.at
            )


def _model(graph: Graph) -> dict[str, object]:
    return {
        "name": graph.name,
        "description": graph.description,
        "layout": graph.layout,
        "dims": {
            name: {"min": at.min, "max": at.max, "multiple_of": at.multiple_of}
            for name, at in graph.bounds.items()
        },
        "outputs": {name: value.name for name, value in graph.outputs.items()},
        "deviations": graph.deviations,
    }


def _layers(left: Graph, right: Graph) -> Iterator[Difference]:
    ours, theirs = list(left.walk()), list(right.walk())
    keys = [[(node.name, node.op.label) for node in side] for side in (ours, theirs)]
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            for one, other in zip(ours[a:b], theirs[c:d], strict=True):
                yield from _nodes(one, other)
            continue
        for node in ours[a:b]:
            yield Difference(f"layer {node.name}", node.op.label, ABSENT, node.at)
        for node in theirs[c:d]:
            yield Difference(f"layer {node.name}", ABSENT, node.op.label, None, node.at)


def _nodes(left: Node, right: Node) -> Iterator[Difference]:
    ours, theirs = left.op.attributes(), right.op.attributes()
    for name in dict.fromkeys((*ours, *theirs)):
        if ours.get(name) != theirs.get(name):
            yield Difference(
                f"{left.name}.{name}",
                _text(ours.get(name)),
                _text(theirs.get(name)),
                _place(left, name),
                _place(right, name),
            )
    taken = [[value.name for value in node.inputs] for node in (left, right)]
    if taken[0] != taken[1]:
        yield Difference(
            f"{left.name}: from", _text(taken[0]), _text(taken[1]), left.at, right.at
        )
    if left.trainable != right.trainable:
        yield Difference(
            f"{left.name}: trainable",
            _text(left.trainable),
            _text(right.trainable),
            left.at,
            right.at,
        )


def _place(node: Node, attribute: str) -> Location:
    """Where an attribute is written; the layer itself where it was left out."""
    argument = node.written.argument if node.written else None
    if isinstance(argument, YamlMapping) and attribute in argument.keys:
        return argument.keys[attribute].at
    return node.at


def _training(ours: Side, theirs: Side) -> Iterator[Difference]:
    left, right = ours.graph.training, theirs.graph.training
    if left is not None and right is not None:
        sides = (ours, left.resolved()), (theirs, right.resolved())
        yield from _compared("train", *sides)
    elif left is not right:
        yield Difference(
            "train",
            "present" if left else ABSENT,
            "present" if right else ABSENT,
            ours.place("train"),
            theirs.place("train"),
        )


Part = tuple[Side, Mapping[str, object]]


def _compared(path: str, left: Part, right: Part) -> Iterator[Difference]:
    """The innermost entries of two mappings that differ."""
    (ours, a), (theirs, b) = left, right
    for name in dict.fromkeys((*a, *b)):
        one, other = a.get(name), b.get(name)
        where = f"{path}.{name}" if path else name
        if one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _compared(where, (ours, one), (theirs, other))
            continue
        yield Difference(
            where,
            _text(one) if name in a else ABSENT,
            _text(other) if name in b else ABSENT,
            ours.place(where),
            theirs.place(where),
        )


def _written(left: Graph, right: Graph) -> Difference:
    """Same layers, written otherwise: the first lines of the resolved texts that part."""
    lines = unified_diff(
        left.resolved.splitlines(), right.resolved.splitlines(), n=0, lineterm=""
    )
    changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    minus = next((line[1:].strip() for line in changed if line[0] == "-"), ABSENT)
    plus = next((line[1:].strip() for line in changed if line[0] == "+"), ABSENT)
    return Difference("written", minus, plus)


def _text(value: object) -> str:
    text = flow(plain_form(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
