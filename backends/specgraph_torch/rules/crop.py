"""Cropping: slices."""

from __future__ import annotations

from specgraph.lower.code import item, value
from specgraph.lower.pycode import Const, Expr, Slice
from specgraph.lower.rules import At, Lowered
from specgraph.ops.crop import Crop, Crop1D, Crop2D, Crop3D
from specgraph.ops.window import Pairs
from specgraph_torch.rules.base import RULES


@RULES.lower(Crop1D, Crop2D, Crop3D)
def crop(op: Crop, at: At) -> Lowered:
    """A slice of the spatial axes, which are the last."""
    return Lowered({"output": cropped(at.input, op.cropping)})


def cropped(x: Expr, cut: Pairs) -> Expr:
    """A value without so many cells of its last axes; itself where none go."""
    while cut and not any(cut[0]):
        cut = cut[1:]
    if not cut:
        return x
    slices = [
        Slice(value(before) if before else None, value(-after) if after else None)
        for before, after in cut
    ]
    return item(x, Const(...), *slices)
