"""A backend's weights in a file, under its model's keys or under somebody else's.

`.safetensors` works for every backend; what else does, the backend says (`native.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specgraph.ir.graph import Node
from specgraph.lower.plan import Plan
from specgraph.lower.slots import Fixed, Ignored, Slot
from specgraph.plugins import find_backend
from specgraph.reference.base import Array
from specgraph.weights import native
from specgraph.weights.chains import follow_each_other
from specgraph.weights.errors import refuse
from specgraph.weights.files import read_header, read_tensors, write_tensors
from specgraph.weights.layers import Layer, layers_of, natural, parts_of
from specgraph.weights.mapped import Taken, apply, decided, without
from specgraph.weights.maps import NO_MAP, NameMap
from specgraph.weights.match import Choice, Match, match_layers
from specgraph.weights.slots import all_to_framework, framework_shapes

SAFETENSORS = ".safetensors"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the caller decides: names, and whether order may decide the rest."""

    names: NameMap = NO_MAP
    by_order: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """The tensors of a framework's file by the model's keys, and how they were found."""

    tensors: dict[str, Array]
    matches: tuple[Match, ...]
    foreign: bool
    """Whether somebody else's model wrote the file."""
    notes: tuple[str, ...] = ()
    taken: tuple[Taken, ...] = ()
    """The file's tensors that a map says the weights of."""
    dropped: Mapping[str, Array] = field(default_factory=dict)
    """The file's tensors that a map says the model has nothing of."""

    @property
    def told(self) -> tuple[Match, ...]:
        """Which tensor of the file was taken for which, for a report."""
        return (*(one.match for one in self.taken), *self.matches)


def read(plan: Plan, path: Path, rules: Rules) -> Contents:
    """What a file of the plan's framework holds; raises SpecError."""
    expected = framework_shapes(plan)
    found = _reading(plan, path, expected)
    ours = found.ours or layers_of(expected)
    theirs = found.theirs or layers_of({k: a.shape for k, a in found.tensors.items()})
    foreign = _labels(ours) != _labels(theirs)
    mapped = apply(rules.names, plan, ours, theirs)
    tensors = decided(plan, mapped.taken, found.tensors)
    ours = without(ours, tensors)
    theirs = without(theirs, {*mapped.dropped, *(one.slot.key for one in mapped.taken)})
    choice = Choice(mapped.pairs, rules.by_order)
    ordered = _ordered(plan, ours) if found.ordered else frozenset[str]()
    matches = match_layers(str(path), ours, theirs, choice, ordered, _keyed(plan))
    tensors |= {match.ours: found.tensors[match.theirs] for match in matches}
    tensors, notes = _constants_moved(plan, tensors)
    kept = {key: found.tensors[key] for key in mapped.dropped}
    return Contents(tensors, tuple(matches), foreign, notes, mapped.taken, kept)


def write(
    plan: Plan,
    path: Path,
    canonical: Mapping[str, Array],
    like: Path | None,
    rules: Rules,
) -> tuple[Match, ...]:
    """Writes a file of the plan's framework; raises WeightsError.

    With `like`, a file that the model to be fed has saved, tensors get its keys.
    """
    tensors = all_to_framework(plan, canonical)
    module = _module(plan, path)
    if like is None:
        if module is None:
            write_tensors(path, tensors, {})
        else:
            native.write(module, path, plan, tensors)
        return ()
    if module != _module(plan, like):
        raise refuse("weights-file", f"{path} and {like} must have the same ending")
    contents = read(plan, like, rules)
    renamed = {match.theirs: tensors[match.ours] for match in contents.matches}
    renamed |= {one.slot.key: one.tensor(canonical) for one in contents.taken}
    if module is None:
        write_tensors(path, {**contents.dropped, **renamed}, {})
    else:
        native.rewrite(module, path, like, renamed)
    return contents.told


def _module(plan: Plan, path: Path) -> str | None:
    """The module for a framework's own format, None for safetensors."""
    if path.name.endswith(SAFETENSORS):
        return None
    backend = find_backend(plan.backend)
    module = native.module_for(backend, path)
    if module is None:
        known = " or ".join((SAFETENSORS, *native.endings(backend)))
        raise refuse("weights-file", f"{path}: a {plan.backend} file ends in {known}")
    return module


def _reading(plan: Plan, path: Path, expected: Iterable[str]) -> native.Reading:
    module = _module(plan, path)
    if module is None:
        infos = read_header(path).tensors
        kept = _meaningful(plan, natural(infos))
        tensors = read_tensors(path, {key: infos[key] for key in kept})
        return native.Reading(_with_tied(plan, tensors))
    found = native.read(module, path, plan, expected)
    if found.theirs:
        return found
    kept = _meaningful(plan, found.tensors)
    return native.Reading(_with_tied(plan, {key: found.tensors[key] for key in kept}))


def _with_tied(plan: Plan, tensors: dict[str, Array]) -> dict[str, Array]:
    """The tensors, one that several keys of the model mean under each of them.

    Files that hold no tensor twice have it under one of the keys, whichever it be.
    """
    groups: dict[object, list[str]] = {}
    for key, slot in plan.slots.items():
        if isinstance(slot, Slot):
            groups.setdefault(slot.pieces, []).append(key)
    found = dict(tensors)
    for keys in groups.values():
        there = [key for key in keys if key in tensors]
        if there:
            found |= {key: tensors[there[0]] for key in keys if key not in tensors}
    return found


def _meaningful(plan: Plan, keys: Iterable[str]) -> list[str]:
    """The keys without counters and the like, told by their names in their layers."""
    ignored = {
        parts_of(slot.key)[1]
        for slot in plan.slots.values()
        if isinstance(slot, Ignored)
    }
    return [key for key in keys if parts_of(key)[1] not in ignored]


def _labels(layers: list[Layer]) -> dict[str, str]:
    return {layer.name: layer.label for layer in layers}


def _ordered(plan: Plan, ours: list[Layer]) -> frozenset[str]:
    """The layers that alone have their tensors, or depend on each other in turn."""
    kinds: dict[object, list[Layer]] = {}
    for layer in ours:
        kinds.setdefault(layer.by_name, []).append(layer)
    found: set[str] = set()
    for layers in kinds.values():
        nodes = {node for layer in layers for node in _nodes(plan, layer)}
        if follow_each_other(plan.graph, nodes):
            found.update(layer.name for layer in layers)
    return frozenset(found)


def _keyed(plan: Plan) -> dict[str, Node]:
    """The layer of the spec that each key of the model holds a weight of."""
    nodes = {node.name: node for node in plan.graph.walk()}
    return {
        key: nodes[name]
        for key, slot in plan.slots.items()
        if isinstance(slot, Slot)
        and (name := slot.pieces[0].param.rpartition(".")[0]) in nodes
    }


def _nodes(plan: Plan, layer: Layer) -> set[str]:
    """The nodes whose weights a layer holds."""
    slots = (plan.slots[key] for key in layer.keys.values())
    return {
        piece.param.rpartition(".")[0]
        for slot in slots
        if isinstance(slot, Slot)
        for piece in slot.pieces
    }


def _constants_moved(
    plan: Plan, tensors: dict[str, Array]
) -> tuple[dict[str, Array], tuple[str, ...]]:
    """The tensors with what a file has in place of constants moved to where it adds."""
    tensors, notes = dict(tensors), []
    for key, slot in plan.slots.items():
        if not isinstance(slot, Fixed) or (tensors[key] == slot.value).all():
            continue
        if not slot.adds_to:
            raise refuse(
                "weights-constant",
                f"{key} is always {slot.value:g} in this model, the file says otherwise",
            )
        rest = tensors[key] - slot.value
        tensors[slot.adds_to] = tensors[slot.adds_to] + rest
        tensors[key] = tensors[key] - rest
        notes.append(
            f"{key}, which the spec has no weight for, was added to {slot.adds_to}: "
            "the same function"
        )
    return tensors, tuple(notes)
