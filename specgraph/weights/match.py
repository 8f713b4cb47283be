"""Which layer of a foreign file is which layer of the model: the only fit, or none.

Layers are matched by the shapes (and names) of the tensors in them.  Among several that
fit equally, what their authors called them decides if all names agree, then the order
that the framework itself keeps; then nothing does, unless the caller says so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from specgraph.diagnostics import Diagnostic
from specgraph.weights.errors import WeightsError, refuse
from specgraph.weights.keys import Nodes, check_layers
from specgraph.weights.layers import Layer, Shape

How = Literal["name", "shape", "position", "order", "map"]


@dataclass(frozen=True, slots=True)
class Match:
    """A tensor of a foreign file and the model's tensor that it is."""

    theirs: str
    ours: str
    shape: Shape
    how: How

    def __str__(self) -> str:
        return f"{self.theirs} -> {self.ours} {list(self.shape)} (by {self.how})"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the caller decides: pairs by name, and whether order may decide the rest."""

    pairs: Mapping[str, str] = field(default_factory=dict)
    """Layers or tensors of the foreign file to the model's."""
    by_order: bool = False


def match_layers(
    file: str,
    ours: Sequence[Layer],
    theirs: Sequence[Layer],
    choice: Choice,
    ordered: frozenset[str] = frozenset(),
    nodes: Nodes | None = None,
) -> list[Match]:
    """Every tensor of the file with its tensor of the model; raises WeightsError.

    `ordered` are layers of the model, by name, that a layer of the same name in the
    file must be, since the framework numbers them as they depend on each other; `nodes`
    are the layers of the spec that the model's keys are of, to tell their lines.
    """
    matcher = _Matcher(file, list(ours), list(theirs), ordered, nodes)
    matcher.choose(choice.pairs)
    matcher.settle(lambda layer: layer.by_name, choice.by_order)
    matcher.forget_kinds()
    matcher.settle(lambda layer: layer.by_name, choice.by_order)
    matcher.settle(lambda layer: layer.by_shape, choice.by_order)
    matcher.finish(ours)
    return matcher.found


@dataclass(slots=True)
class _Matcher:
    file: str
    ours: list[Layer]
    theirs: list[Layer]
    ordered: frozenset[str]
    nodes: Nodes | None
    found: list[Match] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    tied: list[tuple[list[Layer], list[Layer]]] = field(default_factory=list)

    def choose(self, pairs: Mapping[str, str]) -> None:
        """Settles what the caller's map names."""
        for left, right in pairs.items():
            their_key = _key_named(self.theirs, left)
            our_key = _key_named(self.ours, right)
            if their_key is not None and our_key is not None:
                self._choose_tensor(their_key, our_key)
                continue
            theirs = self._layer_named(self.theirs, left, self.file)
            ours = self._layer_named(self.ours, right, "the model")
            if not self._pair(theirs, ours, "map"):
                raise refuse(
                    "weights-map", f"the map takes {theirs} for {ours}: they differ"
                )

    def settle(self, kind: Callable[[Layer], Hashable], by_order: bool) -> None:
        """Pairs layers of one kind where something decides."""
        wanted = _classes(self.ours, kind)
        given = _classes(self.theirs, kind)
        for shared, ours in wanted.items():
            theirs = given.get(shared, [])
            if len(ours) != len(theirs):
                continue
            decided = self._decided(ours, theirs, by_order)
            if decided is None:
                self.tied.append((theirs, ours))
                self._remove(theirs, ours)
                continue
            pairs, how = decided
            for their, our in pairs:
                self._pair(their, our, how)

    def forget_kinds(self) -> None:
        """Lets the model's layers match those of which the file does not tell a kind."""
        self.ours = [replace(layer, kind="") for layer in self.ours]

    def _decided(
        self, ours: list[Layer], theirs: list[Layer], by_order: bool
    ) -> tuple[Iterable[tuple[Layer, Layer]], How] | None:
        """The pairs of layers that fit equally, and what decided; None if nothing."""
        if len(ours) == 1:
            same = ours[0].label == theirs[0].label
            return [(theirs[0], ours[0])], "name" if same else "shape"
        named = {layer.label: layer for layer in theirs if layer.named}
        if named.keys() == {layer.label for layer in ours} and len(named) == len(ours):
            return [(named[layer.label], layer) for layer in ours], "name"
        placed = {layer.name: layer for layer in theirs}
        if all(n.name in placed and n.name in self.ordered for n in ours):
            return [(placed[layer.name], layer) for layer in ours], "position"
        return (zip(theirs, ours, strict=True), "order") if by_order else None

    def finish(self, wanted: Sequence[Layer]) -> None:
        """WeightsError for what is left of the layers that the model wanted."""
        for theirs, ours in self.tied:
            self.problems.append(_ambiguous(self.file, theirs, ours))
        told = any(layer.kind for layer in self.theirs)
        left = {layer.name: layer.kind if told else "" for layer in wanted}
        ours = [replace(layer, kind=left[layer.name]) for layer in self.ours]
        try:
            check_layers(self.file, ours, self.theirs, self.nodes)
        except WeightsError as error:
            self.problems += error.diagnostics
        if self.problems:
            raise WeightsError(*self.problems)

    def _pair(self, theirs: Layer, ours: Layer, how: How) -> bool:
        if theirs.shapes == ours.shapes:
            locals_ = {local: local for local in ours.shapes}
        elif (
            theirs.by_shape and ours.by_shape and theirs.by_shape[1] == ours.by_shape[1]
        ):
            places = {shape: local for local, shape in theirs.shapes.items()}
            locals_ = {local: places[shape] for local, shape in ours.shapes.items()}
        else:
            return False
        self.found += [
            Match(theirs.keys[there], ours.keys[local], ours.shapes[local], how)
            for local, there in locals_.items()
        ]
        self._remove([theirs], [ours])
        return True

    def _remove(self, theirs: Iterable[Layer], ours: Iterable[Layer]) -> None:
        gone = {layer.name for layer in theirs}
        self.theirs = [layer for layer in self.theirs if layer.name not in gone]
        gone = {layer.name for layer in ours}
        self.ours = [layer for layer in self.ours if layer.name not in gone]

    def _choose_tensor(self, their_key: str, our_key: str) -> None:
        self.theirs, shape = _without(self.theirs, their_key)
        self.ours, needed = _without(self.ours, our_key)
        if shape != needed:
            raise refuse(
                "weights-map",
                f"the map takes {their_key} {list(shape)} for {our_key} {list(needed)}",
            )
        self.found.append(Match(their_key, our_key, shape, "map"))

    def _layer_named(self, layers: list[Layer], text: str, where: str) -> Layer:
        fitting = [one for one in layers if text in (one.name, one.label)]
        fitting = fitting or [n for n in layers if n.label.startswith(f"{text}/")]
        if len(fitting) == 1:
            return fitting[0]
        known = ", ".join(layer.label for layer in layers[:40])
        which = "several layers" if fitting else "no layer or tensor"
        raise refuse(
            "weights-map", f"{where} has {which} {text!r}", f"there are: {known}"
        )


def _classes(
    layers: list[Layer], kind: Callable[[Layer], Hashable]
) -> dict[Hashable, list[Layer]]:
    classes: dict[Hashable, list[Layer]] = {}
    for layer in layers:
        shared = kind(layer)
        if shared is not None:
            classes.setdefault(shared, []).append(layer)
    return classes


def _ambiguous(file: str, theirs: list[Layer], ours: list[Layer]) -> Diagnostic:
    shapes = " ".join(str(list(shape)) for shape in ours[0].shapes.values())
    lines = [
        "a map file decides (--map FILE), or --by-order pairs them so:",
        *(f"  {t.label}: {o.label}" for t, o in zip(theirs, ours, strict=True)),
    ]
    return Diagnostic(
        "weights-ambiguous",
        f"{file}: {len(ours)} layers with tensors {shapes} fit "
        f"{len(ours)} layers of the model equally",
        hint="\n".join(lines),
    )


def _key_named(layers: list[Layer], key: str) -> str | None:
    """The key itself if a layer holds it."""
    return key if any(key in layer.keys.values() for layer in layers) else None


def _without(layers: list[Layer], key: str) -> tuple[list[Layer], Shape]:
    """The layers without one tensor, and its shape."""
    kept: list[Layer] = []
    gone: Shape = ()
    for layer in layers:
        keys = {local: k for local, k in layer.keys.items() if k != key}
        if len(keys) < len(layer.keys):
            (local,) = layer.keys.keys() - keys.keys()
            gone = layer.shapes[local]
            shapes = {name: layer.shapes[name] for name in keys}
            layer = replace(layer, keys=keys, shapes=shapes)
        if keys:
            kept.append(layer)
    return kept, gone
