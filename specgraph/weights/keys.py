"""Keys held against keys: what is missing, surplus, misshapen, and likely renames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from specgraph.diagnostics import Diagnostic, closest
from specgraph.ir.graph import Node
from specgraph.weights.errors import WeightsError
from specgraph.weights.layers import Layer, Shape, layers_of

Shapes = Mapping[str, Shape]
Nodes = Mapping[str, Node]
"""The layer of the spec by the key of a weight of it."""

MANY = 100
"""Layers of a file that are alike; among more, none is singled out."""


def check_keys(
    file: str, expected: Shapes, found: Shapes, nodes: Nodes | None = None
) -> None:
    """WeightsError that lists every difference; nothing where there is none."""
    check_layers(file, layers_of(expected), layers_of(found), nodes)


def check_layers(
    file: str, ours: Sequence[Layer], theirs: Sequence[Layer], nodes: Nodes | None
) -> None:
    """WeightsError that lists every difference between the layers of model and file."""
    problems = list(_Comparison(file, ours, theirs, nodes or {}).problems())
    if problems:
        raise WeightsError(*problems)


@dataclass(slots=True)
class _Comparison:
    """Layers of the model and of a file, and which of theirs is likely which of ours.

    Tensors of a layer move together: a layer of the file is likely where it alone has
    the same tensors, or where of several it has the closest name.  Then come layers
    that have the same tensors but for their sizes, then tensors of one shape.
    """

    file: str
    ours: Sequence[Layer]
    theirs: Sequence[Layer]
    nodes: Nodes
    expected: dict[str, Shape] = field(init=False)
    found: dict[str, Shape] = field(init=False)
    renamed: dict[str, str] = field(init=False, default_factory=dict)
    """Keys of the model to the file's, of the same shape."""
    misshapen: dict[str, str] = field(init=False, default_factory=dict)
    """The same in layers that have some tensor of another shape."""

    def __post_init__(self) -> None:
        self.expected = shapes_of(self.ours)
        self.found = shapes_of(self.theirs)
        self._match_kinds()
        self._match_sizes()
        self._match_tensors()

    def problems(self) -> Iterator[Diagnostic]:
        """Every difference, those of the model's keys first."""
        for key, shape in self.expected.items():
            their = self.misshapen.get(key, key)
            if their in self.found:
                if self.found[their] != shape:
                    yield self._told("shape", self._misshapen(key, their), key)
                continue
            old = self.renamed.get(key)
            hint = old and (
                f"probably {old} of the file, renamed; --map FILE says so, "
                f"with the line `{old}: {key}` in it"
            )
            yield self._told("missing", f"{key} {list(shape)} is missing", key, hint)
        new = {old: key for key, old in self.renamed.items()}
        known = {*self.expected, *self.misshapen.values()}
        for key, shape in self.found.items():
            if key not in known:
                ours = new.get(key)
                hint = ours and f"probably {ours} of the model, before it was renamed"
                message = f"the model has no {key} {list(shape)}"
                yield self._told("surplus", message, None, hint)

    def _misshapen(self, key: str, their: str) -> str:
        got, wanted = list(self.found[their]), list(self.expected[key])
        if key == their:
            return f"{key} is {got}, the model needs {wanted}"
        return f"{their} is {got}; {key}, which it probably is, needs {wanted}"

    def _told(
        self, kind: str, message: str, key: str | None, hint: str | None = ""
    ) -> Diagnostic:
        code, text = f"weights-{kind}", f"{self.file}: {message}"
        node = self.nodes.get(key) if key is not None else None
        if node is None:
            return Diagnostic(code, text, hint=hint or "")
        excerpt, width = "", 1
        if node.written is not None:
            excerpt, width = node.written.at.excerpt, node.written.at.width
        return Diagnostic(code, text, node.at, hint or "", excerpt, width, node.chain)

    def _match_kinds(self) -> None:
        kinds = {layer.name: layer.by_name for layer in self.theirs}
        mine = {layer.name: layer.by_name for layer in self.ours}
        pool: dict[object, list[Layer]] = {}
        for layer in self.theirs:
            if mine.get(layer.name) != layer.by_name:
                pool.setdefault(layer.by_name, []).append(layer)
        for layer in self.ours:
            if kinds.get(layer.name) == layer.by_name:
                continue
            fitting = pool.get(layer.by_name, [])
            best = _nearest(layer, fitting)
            if best is not None:
                fitting.remove(best)
                pairs = {key: best.keys[local] for local, key in layer.keys.items()}
                self.renamed.update(pairs)

    def _match_sizes(self) -> None:
        pool: dict[object, list[Layer]] = {}
        for layer in self._left(self.theirs, self.expected, self.renamed.values()):
            pool.setdefault(_outline(layer), []).append(layer)
        for layer in self._left(self.ours, self.found, self.renamed):
            fitting = pool.get(_outline(layer), [])
            most = max((_agreeing(layer, other) for other in fitting), default=0)
            alike = [other for other in fitting if _agreeing(layer, other) == most]
            best = _nearest(layer, alike)
            if best is not None:
                fitting.remove(best)
                pairs = {key: best.keys[local] for local, key in layer.keys.items()}
                self.misshapen.update(pairs)

    def _match_tensors(self) -> None:
        taken = {*self.renamed.values(), *self.misshapen.values(), *self.expected}
        pool: dict[Shape, list[str]] = {}
        for key, shape in self.found.items():
            if key not in taken:
                pool.setdefault(shape, []).append(key)
        for key, shape in self.expected.items():
            if key in self.found or key in self.renamed or key in self.misshapen:
                continue
            fitting = pool.get(shape, [])
            best = fitting[0] if len(fitting) == 1 else _closest(key, fitting)
            if best is not None:
                fitting.remove(best)
                self.renamed[key] = best

    def _left(
        self, layers: Sequence[Layer], other: Shapes, matched: Iterable[str]
    ) -> list[Layer]:
        """The layers that have nothing on the other side yet."""
        known = {*other, *matched}
        return [layer for layer in layers if known.isdisjoint(layer.keys.values())]


def shapes_of(layers: Iterable[Layer]) -> dict[str, Shape]:
    """The shapes of all tensors of layers, by key."""
    return {
        layer.keys[local]: shape
        for layer in layers
        for local, shape in layer.shapes.items()
    }


def _nearest(layer: Layer, fitting: list[Layer]) -> Layer | None:
    """The only one, or the one whose name is closest."""
    if len(fitting) == 1:
        return fitting[0]
    best = _closest(layer.name, [other.name for other in fitting])
    return next((other for other in fitting if other.name == best), None)


def _closest(name: str, names: list[str]) -> str | None:
    return closest(name, names) if len(names) <= MANY else None


def _outline(layer: Layer) -> object:
    """What layers share that differ by their sizes alone."""
    ranks = {local: len(shape) for local, shape in layer.shapes.items()}
    return layer.kind, tuple(sorted(ranks.items()))


def _agreeing(layer: Layer, other: Layer) -> int:
    """How many sizes two layers of one outline have in common."""
    pairs = ((shape, other.shapes[local]) for local, shape in layer.shapes.items())
    return sum(a == b for one, two in pairs for a, b in zip(one, two, strict=True))
