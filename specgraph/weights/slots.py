"""Runs slots: canonical tensors into a framework's tensors and back, byte for byte.

Only elements move; nothing is computed.  So gradients and optimizer state go the same
way as the weights they belong to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from specgraph.lower.plan import Plan
from specgraph.lower.slots import Fixed, Ignored, Piece, Slot
from specgraph.reference.base import Array

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]


class SlotError(ValueError):
    """A tensor that a slot cannot take, or one that says other than a constant."""


def all_to_framework(plan: Plan, canonical: Mapping[str, Array]) -> dict[str, Array]:
    """Every tensor of a backend's model by its key; ignored ones are left out."""
    found = {}
    dtype = np.result_type(*canonical.values()) if canonical else np.dtype("float32")
    for key, slot in plan.slots.items():
        if isinstance(slot, Slot):
            found[key] = to_framework(slot, canonical)
        elif isinstance(slot, Fixed):
            found[key] = np.full(slot.shape, slot.value, dtype)
    return found


def all_from_framework(plan: Plan, tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The canonical tensors that a backend's tensors hold, in the graph's order.

    A backend may lack layers that no output follows from.

    SlotError where a constant has another value, or where two tensors that hold one
    weight differ.
    """
    shapes = canonical_shapes(plan)
    found: dict[str, Array] = {}
    for key, slot in plan.slots.items():
        if isinstance(slot, Ignored):
            continue
        for path, array in from_framework(slot, tensors[key], shapes).items():
            if not _same(found.setdefault(path, array), array):
                raise SlotError(f"{key} and another tensor disagree about {path}")
    return {path: found[path] for path in shapes if path in found}


def canonical_shapes(plan: Plan) -> dict[str, Shape]:
    """The shape of every weight and buffer of a plan's graph, by path."""
    return {path: p.shape for path, p in plan.graph.parameters().items()}


def framework_shapes(plan: Plan) -> dict[str, Shape]:
    """The shape of every tensor of a backend's model that means something, by key."""
    shapes = canonical_shapes(plan)
    return {
        key: slot.shape if isinstance(slot, Fixed) else framework_shape(slot, shapes)
        for key, slot in plan.slots.items()
        if not isinstance(slot, Ignored)
    }


def to_framework(slot: Slot, canonical: Mapping[str, Array]) -> Array:
    """The framework's tensor made of canonical ones; contiguous, of their dtype."""
    parts = [_forwards(piece, canonical[piece.param]) for piece in slot.pieces]
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts, slot.axis)
    return _contiguous(joined)


def from_framework(
    slot: Slot | Fixed, array: Array, shapes: Shapes
) -> dict[str, Array]:
    """The canonical tensors that a framework's tensor is made of; raises SlotError.

    `shapes` are the canonical shapes.  A constant gives nothing, and must be constant.
    """
    if isinstance(slot, Fixed):
        _check_shape(slot.key, array, slot.shape)
        if not (array == slot.value).all():
            raise SlotError(f"{slot.key} is always {slot.value:g}, the tensor is not")
        return {}
    _check_shape(slot.key, array, framework_shape(slot, shapes))
    found = {}
    start = 0
    for piece in slot.pieces:
        shape = shapes[piece.param]
        if len(slot.pieces) == 1:
            part = array
        else:
            end = start + piece_shape(piece, shape)[slot.axis]
            part = array.take(range(start, end), slot.axis)
            start = end
        found[piece.param] = _backwards(piece, part, shape)
    return found


def framework_shape(slot: Slot, shapes: Shapes) -> Shape:
    """The shape of the framework's tensor, by the canonical shapes."""
    parts = [piece_shape(piece, shapes[piece.param]) for piece in slot.pieces]
    if len(parts) == 1:
        return parts[0]
    first = list(parts[0])
    first[slot.axis] = sum(part[slot.axis] for part in parts)
    return tuple(first)


def piece_shape(piece: Piece, shape: Shape) -> Shape:
    """The shape of one piece in the framework's tensor."""
    moved = _moved_shape(piece, shape)
    if not piece.shape:
        return moved
    known = math.prod(size for size in piece.shape if size != -1)
    return tuple(math.prod(moved) // known if s == -1 else s for s in piece.shape)


def _moved_shape(piece: Piece, shape: Shape) -> Shape:
    split = piece.split or shape
    return tuple(split[axis] for axis in piece.axes) if piece.axes else split


def _forwards(piece: Piece, array: Array) -> Array:
    array = _reordered(array, piece.blocks)
    if piece.split:
        array = array.reshape(piece.split)
    if piece.axes:
        array = array.transpose(piece.axes)
    return array.reshape(piece.shape) if piece.shape else array


def _backwards(piece: Piece, array: Array, shape: Shape) -> Array:
    array = array.reshape(_moved_shape(piece, shape))
    if piece.axes:
        array = array.transpose(_inverse(piece.axes))
    array = _reordered(array.reshape(shape), _inverse(piece.blocks))
    return _contiguous(array)


def _reordered(array: Array, blocks: tuple[int, ...]) -> Array:
    """The array with equal blocks of its last axis in another order."""
    if not blocks:
        return array
    parts = np.split(array, len(blocks), -1)
    return np.concatenate([parts[block] for block in blocks], -1)


def _contiguous(array: Array) -> Array:
    # Not `ascontiguousarray`, which gives a scalar an axis.
    return np.asarray(array, order="C")


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(place) for place in range(len(order)))


def _check_shape(key: str, array: Array, shape: Shape) -> None:
    if array.shape != shape:
        raise SlotError(f"{key} must be {list(shape)}, got {list(array.shape)}")


def _same(left: Array, right: Array) -> bool:
    return left is right or left.tobytes() == right.tobytes()
