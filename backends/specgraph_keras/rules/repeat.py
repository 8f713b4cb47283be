"""Copies: `ops.stack`, `layers.RepeatVector`, `ops.tile`, and `ops.repeat`."""

from __future__ import annotations

from specgraph.lower.code import call, listed
from specgraph.lower.rules import At, Lowered
from specgraph.ops.repeat import RepeatElements, RepeatVector, Stack, Tile
from specgraph.ops.reshape import new_axis
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Stack)
def stack(op: Stack, at: At) -> Lowered:
    """`ops.stack`."""
    place = new_axis("stack", op.axis, at.type)
    axis = -1 if place == at.type.rank else place
    return Lowered({"output": call("ops.stack", listed(list(at.inputs)), axis=axis)})


@RULES.lower(RepeatVector)
def repeat_vector(op: RepeatVector, at: At) -> Lowered:
    """The framework's layer."""
    return Lowered({"output": call(make(at, "RepeatVector", op.n), at.input)})


@RULES.lower(Tile)
def tile(op: Tile, at: At) -> Lowered:
    """`ops.tile`."""
    repeats = (1, *op.repeats)
    found = tuple(repeats[axis] for axis in at.orders.first)
    return Lowered({"output": call("ops.tile", at.input, found)})


@RULES.lower(RepeatElements)
def repeat_elements(op: RepeatElements, at: At) -> Lowered:
    """`ops.repeat`."""
    axis = at.physical_axis(op.axis)
    return Lowered({"output": call("ops.repeat", at.input, op.repeats, axis=axis)})
