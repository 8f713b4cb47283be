"""What positions do to features."""

from __future__ import annotations

import numpy as np

from specgraph.ops.position import (
    PositionEmbedding,
    RotaryEmbedding,
    SinusoidalPosition,
)
from specgraph.reference.base import Array, Evaluation, reference


@reference(PositionEmbedding)
def position_embedding(op: PositionEmbedding, at: Evaluation) -> Array:
    """The first rows of the table are added."""
    x = at.inputs.first
    return np.asarray(x + at.params["embeddings"][: x.shape[-2]])


@reference(SinusoidalPosition)
def sinusoidal_position(op: SinusoidalPosition, at: Evaluation) -> Array:
    """Waves of all lengths are added."""
    x = at.inputs.first
    angle = _angles(op, x, x.shape[-1])
    if op.interleaved:
        waves = np.zeros((x.shape[-2], x.shape[-1]), angle.dtype)
        waves[:, 0::2] = np.sin(angle)
        waves[:, 1::2] = np.cos(angle)[:, : x.shape[-1] // 2]
    else:
        waves = np.concatenate([np.sin(angle), np.cos(angle)], -1)
    return np.asarray(x + waves)


@reference(RotaryEmbedding)
def rotary_embedding(op: RotaryEmbedding, at: Evaluation) -> Array:
    """Each pair is a point that turns around 0."""
    x = at.inputs.first
    dims = op.turned(at.types.first)
    angle = _angles(op, x, dims)
    first = slice(0, dims, 2) if op.interleaved else slice(0, dims // 2)
    second = slice(1, dims, 2) if op.interleaved else slice(dims // 2, dims)
    a, b = x[..., first], x[..., second]
    y = x.copy()
    y[..., first] = a * np.cos(angle) - b * np.sin(angle)
    y[..., second] = a * np.sin(angle) + b * np.cos(angle)
    return y


def _angles(op: SinusoidalPosition | RotaryEmbedding, x: Array, width: int) -> Array:
    """[time, pairs], in the precision of the input."""
    kind = x.real.dtype
    position = op.start + op.step * np.arange(x.shape[-2], dtype=kind)
    power = np.arange(0, width, 2, dtype=kind) / kind.type(width)
    return np.asarray(position[:, None] * kind.type(op.base) ** -power)
