"""Resizing: `layers.UpSampling2D` and its kin, and a helper where those are coarse."""

from __future__ import annotations

from specgraph.lower.code import Argument, uniform
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.resize import (
    PixelShuffle,
    Resize,
    Upsample,
    Upsample1D,
    Upsample2D,
    Upsample3D,
)
from specgraph_keras.rules.base import RULES, chain, make


@RULES.lower(Upsample1D, Upsample2D, Upsample3D)
def upsample(op: Upsample, at: At) -> Lowered:
    """The framework's layer, or a helper to interpolate."""
    if isinstance(op, Upsample2D) and op.interpolation != "nearest":
        return chain(at, make(at, _helper(at), factors=op.size))
    layer = make(at, f"UpSampling{op.dims}D", uniform(op.size))
    return chain(at, layer)


@RULES.lower(PixelShuffle)
def pixel_shuffle(op: PixelShuffle, at: At) -> Lowered:
    """A helper."""
    return chain(at, make(at, at.helper("PixelShuffle"), op.upscale_factor))


@RULES.lower(Resize)
def resize(op: Resize, at: At) -> Lowered:
    """A helper: the framework's layer computes in float32, cubic weights from a table."""
    named: dict[str, Argument] = {}
    if op.interpolation == "nearest":
        if not op.half_pixel_centers:
            named["by_start"] = True
        return chain(at, make(at, at.helper("ResizeNearest"), op.size, **named))
    if op.interpolation == "bicubic":
        named["cubic"] = op.cubic_coefficient
        if op.border == "replicate":
            named["replicate"] = True
    if op.antialias:
        named["antialias"] = True
    if op.align_corners:
        named["align_corners"] = True
    return chain(at, make(at, _helper(at), op.size, **named))


def _helper(at: At) -> Expr:
    """The layer that weighs cells, after the function that gives the weights."""
    weights = at.helper("resize_weights")
    assert weights
    return at.helper("Resize")
