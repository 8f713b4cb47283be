"""What resizing computes."""

from __future__ import annotations

import numpy as np

from specgraph.ops.resize import (
    PixelShuffle,
    Resize,
    Upsample,
    Upsample1D,
    Upsample2D,
    Upsample3D,
)
from specgraph.reference.base import (
    Array,
    Evaluation,
    channels_last,
    from_channels_last,
    reference,
)


@reference(Upsample1D, Upsample3D)
def upsample(op: Upsample, at: Evaluation) -> Array:
    """Every cell so many times."""
    x = channels_last(at.inputs.first, at.types.first)
    for axis, size in enumerate(op.size, start=1):
        x = np.repeat(x, size, axis)
    return from_channels_last(x, at.types.first)


@reference(Upsample2D)
def upsample2d(op: Upsample2D, at: Evaluation) -> Array:
    """Every cell so many times, or interpolated between cells."""
    if op.interpolation == "nearest":
        return upsample(op, at)
    x = channels_last(at.inputs.first, at.types.first)
    size = tuple(n * m for n, m in zip(x.shape[1:-1], op.size, strict=True))
    resized = _resized(x, Resize.build({"size": size, "interpolation": "bilinear"}))
    return from_channels_last(resized, at.types.first)


@reference(PixelShuffle)
def pixel_shuffle(op: PixelShuffle, at: Evaluation) -> Array:
    """Channels [C, r, r] as blocks of r by r."""
    x = channels_last(at.inputs.first, at.types.first)
    batch, height, width, _ = x.shape
    factor = op.upscale_factor
    x = x.reshape(batch, height, width, -1, factor, factor)
    x = x.transpose(0, 1, 4, 2, 5, 3)
    x = x.reshape(batch, height * factor, width * factor, -1)
    return from_channels_last(x, at.types.first)


@reference(Resize)
def resize(op: Resize, at: Evaluation) -> Array:
    """Along each axis a cell, or a sum of cells by weights, for each of the output."""
    x = channels_last(at.inputs.first, at.types.first)
    return from_channels_last(_resized(x, op), at.types.first)


def _resized(x: Array, op: Resize) -> Array:
    for axis, size in enumerate(op.size, start=1):
        length = x.shape[axis]
        if op.interpolation == "nearest":
            twice = 2 * np.arange(size) + op.half_pixel_centers
            x = np.take(x, twice * length // (2 * size), axis)
            continue
        rows = np.array([_weights(op, length, size, cell) for cell in range(size)])
        rows = rows.astype(x.real.dtype)
        x = np.moveaxis(np.tensordot(x, rows, (axis, 1)), -1, axis)
    return x


def _weights(op: Resize, length: int, size: int, cell: int) -> Array:
    """By how much each of `length` cells counts in one of `size`."""
    centre = (cell + 0.5) * length / size - 0.5
    if op.align_corners:
        centre = cell * (length - 1) / (size - 1) if size > 1 else 0.0
    width = max(length / size, 1.0) if op.antialias else 1.0
    reach = 2 if op.interpolation == "bicubic" else 1
    found = np.zeros(length)
    for place in range(
        int(np.floor(centre - reach * width)), int(np.ceil(centre + reach * width)) + 1
    ):
        distance = abs(place - centre) / width
        weight = max(0.0, 1 - distance)
        if op.interpolation == "bicubic":
            assert op.cubic_coefficient is not None
            weight = _cubic(distance, op.cubic_coefficient)
        inside = min(max(place, 0), length - 1)
        if place == inside or op.border == "replicate":
            found[inside] += weight
    weights: Array = found / found.sum()
    return weights


def _cubic(distance: float, slope: float) -> float:
    """Keys's kernel: two cubics whose slope at distance 1 is given."""
    if distance < 1:
        return (slope + 2) * distance**3 - (slope + 3) * distance**2 + 1
    if distance < 2:
        return slope * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    return 0.0
