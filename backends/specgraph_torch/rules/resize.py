"""Resizing: `F.interpolate` where it agrees with the definition."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.rules import At, Lowered
from specgraph.ops.base import TensorType
from specgraph.ops.resize import (
    PixelShuffle,
    Resize,
    Upsample,
    Upsample1D,
    Upsample2D,
    Upsample3D,
)
from specgraph_torch.rules.base import RULES


@RULES.lower(Upsample1D, Upsample2D, Upsample3D)
def upsample(op: Upsample, at: At) -> Lowered:
    """`F.interpolate` by a factor."""
    named: dict[str, Argument] = {"scale_factor": uniform(op.size)}
    if isinstance(op, Upsample2D) and op.interpolation != "nearest":
        named["mode"] = op.interpolation
    return Lowered({"output": call("F.interpolate", at.input, **named)})


@RULES.lower(PixelShuffle)
def pixel_shuffle(op: PixelShuffle, at: At) -> Lowered:
    """The framework's function."""
    return Lowered({"output": call("F.pixel_shuffle", at.input, op.upscale_factor)})


@RULES.lower(Resize)
def resize(op: Resize, at: At) -> Lowered:
    """`F.interpolate` to a size, or a helper for other cubic kernels and borders."""
    named: dict[str, Argument] = {}
    if op.interpolation == "nearest":
        if op.half_pixel_centers:
            named["mode"] = "nearest-exact"
        return Lowered({"output": call("F.interpolate", at.input, op.size, **named)})
    widens = _widens(op, at.type)
    if widens is not None:
        named["mode"] = op.interpolation
        if op.align_corners:
            named["align_corners"] = True
        if widens:
            named["antialias"] = True
        return Lowered({"output": call("F.interpolate", at.input, op.size, **named)})
    if op.interpolation == "bicubic":
        named["cubic"] = op.cubic_coefficient
        if op.border == "replicate":
            named["replicate"] = True
    if op.antialias:
        named["antialias"] = True
    if op.align_corners:
        named["align_corners"] = True
    weights, helper = at.helper("resize_weights"), at.helper("resize")
    assert weights
    return Lowered({"output": call(helper, at.input, op.size, **named)})


def _widens(op: Resize, kind: TensorType) -> bool | None:
    """Whether `F.interpolate` does it with `antialias`; None if not at all.

    Its `antialias` drops what lies beyond the border, has its own coefficient, and
    reads an input of one column wrongly, and writes one that is taller than it was.
    """
    plain = op.cubic_coefficient == -0.75 and op.border == "replicate"
    if not op.antialias and (op.interpolation == "bilinear" or plain):
        return False
    height, width = kind.spatial
    if not isinstance(width, int) or width == 1 or op.align_corners:
        return None
    if op.size[1] == 1 and not (isinstance(height, int) and op.size[0] <= height):
        return None
    smooth = op.cubic_coefficient == -0.5 and op.border == "drop"
    if op.interpolation == "bicubic" and not smooth:
        return None
    grows = isinstance(height, int) and op.size[0] >= height and op.size[1] >= width
    return True if op.antialias or grows else None
