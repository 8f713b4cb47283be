"""What a map says of a file's tensors: which weights of the model each of them holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from specgraph.diagnostics import Problems, closest
from specgraph.lower.plan import Plan
from specgraph.lower.slots import Piece, Slot
from specgraph.reference.base import Array
from specgraph.weights.errors import refuse
from specgraph.weights.layers import Layer, Shape
from specgraph.weights.maps import NameMap, Target
from specgraph.weights.match import Match
from specgraph.weights.slots import (
    canonical_shapes,
    framework_shape,
    from_framework,
    to_framework,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A tensor of a file, and the weights that it holds.

    They lie in it as the plan's backend would store them, but for the order of axes
    that the map tells, and for axes of size 1.
    """

    slot: Slot
    """Of the file's key."""
    axes: tuple[int, ...]
    shape: Shape
    """The file's."""

    def weights(self, array: Array, shapes: Mapping[str, Shape]) -> dict[str, Array]:
        """The canonical tensors in the file's; `shapes` are theirs."""
        array = array.transpose(self.axes) if self.axes else array
        array = array.reshape(framework_shape(self.slot, shapes))
        return from_framework(self.slot, array, shapes)

    def tensor(self, weights: Mapping[str, Array]) -> Array:
        """The file's tensor, of canonical ones."""
        array = to_framework(self.slot, weights)
        if not self.axes:
            return array.reshape(self.shape)
        moved = array.reshape([self.shape[axis] for axis in self.axes])
        return moved.transpose([self.axes.index(n) for n in range(len(self.axes))])

    @property
    def match(self) -> Match:
        """How the report tells it."""
        ours = ", ".join(piece.param for piece in self.slot.pieces)
        return Match(self.slot.key, ours, self.shape, "map")


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a map decides about a file."""

    taken: tuple[Taken, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)
    """Layers, and tensors that are the same in the model, for the matcher to pair."""
    dropped: frozenset[str] = frozenset()
    """Keys of tensors that the model has nothing of."""


def apply(
    names: NameMap, plan: Plan, ours: Sequence[Layer], theirs: Sequence[Layer]
) -> Mapped:
    """What the map says of the file with the layers `theirs`; raises SpecError."""
    shapes = {k: n.shapes[local] for n in theirs for local, k in n.keys.items()}
    layers = {name: n for n in reversed(theirs) for name in (n.label, n.name)}
    targets = names.targets(dict.fromkeys([*shapes, *layers]))
    search = _Search(plan, ours)
    taken: list[Taken | None] = []
    pairs, dropped = {}, set[str]()
    for name, target in targets.items():
        if not target.names:
            dropped |= {name} if name in shapes else _keys(theirs, name)
        elif name in shapes and not search.is_layer(target):
            taken.append(search.taken(name, shapes[name], target))
        elif not target.plain:
            search.fail(
                target, f"{name} is no tensor of the file, which alone has parts"
            )
        elif (layer := search.layer(target)) is None:
            search.unknown(target.names[0], target)
        else:
            left = without([layers[name]], targets) if name in layers else []
            found = [one for n in left for one in search.tensors(n, layer, target)]
            taken += found
            if not found:
                pairs[name] = layer.name
    search.problems.raise_if_any()
    return Mapped(tuple(one for one in taken if one), pairs, frozenset(dropped))


def decided(
    plan: Plan, taken: Iterable[Taken], tensors: Mapping[str, Array]
) -> dict[str, Array]:
    """The tensors of the model that a map tells whole, by the model's keys.

    Raises WeightsError where it tells a part of one.
    """
    shapes = canonical_shapes(plan)
    weights: dict[str, Array] = {}
    for one in taken:
        weights |= one.weights(tensors[one.slot.key], shapes)
    found = {}
    for key, slot in plan.slots.items():
        if not isinstance(slot, Slot):
            continue
        left = [piece.param for piece in slot.pieces if piece.param not in weights]
        if not left:
            found[key] = to_framework(slot, weights)
        elif len(left) < len(slot.pieces):
            raise refuse(
                "weights-map",
                f"the map tells a part of {key}, but not {', '.join(left)}",
                "give these parts a line, too",
            )
    return found


def without(layers: Iterable[Layer], keys: Iterable[str]) -> list[Layer]:
    """The layers without some of their tensors, those without any left out."""
    gone = frozenset(keys)
    kept = []
    for layer in layers:
        locals_ = {local: key for local, key in layer.keys.items() if key not in gone}
        if len(locals_) < len(layer.keys):
            shapes = {local: layer.shapes[local] for local in locals_}
            layer = replace(layer, keys=locals_, shapes=shapes)
        if locals_:
            kept.append(layer)
    return kept


def _keys(layers: Iterable[Layer], name: str) -> set[str]:
    return {
        key
        for layer in layers
        if name in (layer.name, layer.label)
        for key in layer.keys.values()
    }


class _Search:
    """Finds in a model what the right of a line names, and records what is wrong."""

    def __init__(self, plan: Plan, ours: Sequence[Layer]) -> None:
        self.slots = {k: s for k, s in plan.slots.items() if isinstance(s, Slot)}
        self.ours = ours
        self.shapes = canonical_shapes(plan)
        self.layers = {name for layer in ours for name in (layer.name, layer.label)}
        self.pieces: dict[str, Piece] = {}
        self.nodes: dict[str, set[str]] = {}
        for key, slot in self.slots.items():
            for piece in slot.pieces:
                self.pieces.setdefault(piece.param, piece)
                node = piece.param.rpartition(".")[0]
                self.nodes.setdefault(node, set()).add(key)
        self.problems = Problems()

    def is_layer(self, target: Target) -> bool:
        """Whether a line names a layer of the model, and no tensor."""
        known = {*self.pieces, *self.slots}
        return target.plain and target.names[0] not in known and self.holds(target)

    def holds(self, target: Target) -> bool:
        """Whether the model has a layer that a line names."""
        return target.names[0] in self.layers or target.names[0] in self.nodes

    def layer(self, target: Target) -> Layer | None:
        """The layer of the model that a line names."""
        (name,) = target.names
        named = [n for n in self.ours if name in (n.name, n.label)]
        keys = self.nodes.get(name, set())
        holding = [n for n in self.ours if keys and keys <= {*n.keys.values()}]
        return next(iter([*named, *holding]), None)

    def tensors(self, theirs: Layer, ours: Layer, target: Target) -> list[Taken | None]:
        """The weights in a layer of the file; none where its tensors have other names."""
        keys = [ours.keys.get(local, "") for local in theirs.shapes]
        if not all(key in self.slots for key in keys):
            return []
        return [
            self.taken(theirs.keys[local], shape, replace(target, names=(key,)))
            for key, (local, shape) in zip(keys, theirs.shapes.items(), strict=True)
        ]

    def taken(self, name: str, shape: Shape, target: Target) -> Taken | None:
        """The weights in a tensor of the file; None where something is wrong."""
        pieces: list[Piece] = []
        axis = target.axis
        for ours in target.names:
            if ours in self.pieces:
                pieces.append(self.pieces[ours])
            elif ours in self.slots:
                pieces += self.slots[ours].pieces
                axis = self.slots[ours].axis if target.plain else axis
            else:
                self.unknown(ours, target)
                return None
        slot = Slot(name, tuple(pieces), axis)
        if target.axes and len(target.axes) != len(shape):
            self.fail(target, f"{name} {list(shape)} has {len(shape)} axes")
            return None
        moved = tuple(shape[n] for n in target.axes) or shape
        needed = self.needed(slot)
        if needed is None or _without_ones(needed) != _without_ones(moved):
            known = "" if needed is None else f" {list(needed)}"
            which = ", ".join(target.names)
            self.fail(
                target,
                f"the map takes {name} {list(moved)} for {which}{known}: they differ",
            )
            return None
        return Taken(slot, target.axes, shape)

    def needed(self, slot: Slot) -> Shape | None:
        """The shape of a tensor of these parts; None where they cannot be joined."""
        parts = [framework_shape(Slot("", (p,)), self.shapes) for p in slot.pieces]
        if len(parts) == 1:
            return parts[0]
        rests = {part[: slot.axis] + part[slot.axis + 1 :] for part in parts}
        if len(rests) > 1 or any(slot.axis >= len(part) for part in parts):
            return None
        return framework_shape(slot, self.shapes)

    def unknown(self, ours: str, target: Target) -> None:
        """Records that the model has no such name."""
        known = [*self.pieces, *self.slots, *self.nodes, *self.layers]
        near = closest(ours, known)
        self.fail(
            target,
            f"the model has no layer or tensor {ours!r}",
            f"did you mean {near}?" if near else "",
        )

    def fail(self, target: Target, message: str, hint: str = "") -> None:
        """Records what is wrong with a line."""
        self.problems.add("weights-map", message, target.node, hint)


def _without_ones(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)
