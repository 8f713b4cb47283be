"""Copies: `torch.stack`, `expand`, `tile`, and `repeat_interleave`."""

from __future__ import annotations

from specgraph.lower.code import call, method
from specgraph.lower.pycode import Tuple
from specgraph.lower.rules import At, Lowered
from specgraph.ops.repeat import RepeatElements, RepeatVector, Stack, Tile
from specgraph.ops.reshape import new_axis
from specgraph_torch.rules.base import RULES


@RULES.lower(Stack)
def stack(op: Stack, at: At) -> Lowered:
    """`torch.stack`."""
    place = new_axis("stack", op.axis, at.type)
    axis = -1 if place == at.type.rank else place
    return Lowered({"output": call("torch.stack", Tuple(list(at.inputs)), dim=axis)})


@RULES.lower(RepeatVector)
def repeat_vector(op: RepeatVector, at: At) -> Lowered:
    """A new axis, expanded."""
    row = method(at.input, "unsqueeze", 1)
    return Lowered({"output": method(row, "expand", -1, op.n, -1)})


@RULES.lower(Tile)
def tile(op: Tile, at: At) -> Lowered:
    """`tile`; `repeat` means the same, and its name another thing in NumPy."""
    repeats = (1, *op.repeats)
    found = (repeats[axis] for axis in at.orders.first)
    return Lowered({"output": method(at.input, "tile", *found)})


@RULES.lower(RepeatElements)
def repeat_elements(op: RepeatElements, at: At) -> Lowered:
    """`repeat_interleave`."""
    axis = at.physical_axis(op.axis)
    made = method(at.input, "repeat_interleave", op.repeats, dim=axis)
    return Lowered({"output": made})
