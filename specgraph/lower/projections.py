"""Where constraints act in a framework's tensors: which, and along which of their axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from specgraph.diagnostics import Diagnostic, SpecError
from specgraph.ir.graph import Graph
from specgraph.lower.slots import AnySlot, Piece, Slot
from specgraph.training.constraints import Constraint, NormConstraint

Sizes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """A constraint as it acts on a framework's tensor."""

    constraint: Constraint
    view: Sizes = ()
    """The sizes to see the tensor in, where axes that differ are one in it."""
    axes: Sizes = ()
    """The axes along which vectors lie, of that view or of the tensor."""


def projections(
    graph: Graph, slots: Mapping[str, AnySlot]
) -> dict[Projection, list[str]]:
    """The framework's tensors that are constrained, by what acts on them.

    Raises SpecError where a tensor is made of several weights and one is constrained.
    """
    params = graph.parameters(trainable=True)
    found: dict[Projection, list[str]] = {}
    for key, slot in slots.items():
        if not isinstance(slot, Slot) or slot.again:
            continue
        held = [
            (param, piece, param.constraint)
            for piece in slot.pieces
            if (param := params.get(piece.param)) and param.constraint is not None
        ]
        if held and len(slot.pieces) > 1:
            raise SpecError(_joint(graph, key, [piece for _, piece, _ in held]))
        for param, piece, constraint in held:
            projection = projected(constraint, piece, param.shape)
            found.setdefault(projection, []).append(key)
    return found


def projected(constraint: Constraint, piece: Piece, shape: Sizes) -> Projection:
    """How a constraint on a weight of this canonical shape acts on its tensor.

    The order of gates does not matter: they are blocks of one axis, which a vector
    has as a whole or not at all.
    """
    if not isinstance(constraint, NormConstraint):
        return Projection(constraint)
    plain = constraint.along((0,))  # from here on the axes are the projection's
    split = piece.split or shape
    order = piece.axes or tuple(range(len(split)))
    sizes = tuple(split[axis] for axis in order)
    along = constraint.axes(len(shape))
    if not (piece.split or piece.shape):
        return Projection(plain, axes=tuple(sorted(order.index(a) for a in along)))
    parts = {place for place, axis in _homes(shape, split).items() if axis in along}
    chosen = {place for place, axis in enumerate(order) if axis in parts}
    if not chosen:  # each element is a vector, so one more axis is that of the vectors
        return Projection(plain, (*sizes, 1), (len(sizes),))
    if not piece.shape:
        return Projection(plain, axes=tuple(sorted(chosen)))
    homes = _homes(_closed(piece.shape, prod(sizes)), sizes)
    axes = {homes[place] for place in chosen}
    if {place for place, axis in homes.items() if axis in axes} == chosen:
        return Projection(plain, axes=tuple(sorted(axes)))
    return Projection(plain, sizes, tuple(sorted(chosen)))


def _homes(joined: Sizes, sizes: Sizes) -> dict[int, int]:
    """For each of the sizes above one, the axis of the joined shape that it is part of."""
    axes = [axis for axis, size in enumerate(joined) if size != 1]
    homes: dict[int, int] = {}
    filled = 1
    for place, size in enumerate(sizes):
        if size == 1:
            continue
        homes[place] = axes[0]
        filled *= size
        if filled == joined[axes[0]]:
            axes, filled = axes[1:], 1
    return homes


def _closed(shape: Sizes, total: int) -> Sizes:
    """A shape with the size that it leaves open."""
    known = prod(size for size in shape if size != -1)
    return tuple(total // known if size == -1 else size for size in shape)


def _joint(graph: Graph, key: str, pieces: list[Piece]) -> Diagnostic:
    path = pieces[0].param
    node = next(n for n in graph.walk() if path == f"{n.name}.{path.rsplit('.', 1)[1]}")
    message = (
        f"{path} is constrained, but lies in one tensor ({key}) with other weights"
    )
    hint = "this backend can constrain weights that have tensors of their own"
    return Diagnostic("unsupported", message, node.at, hint)
