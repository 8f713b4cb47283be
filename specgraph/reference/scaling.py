"""What scaling computes."""

from __future__ import annotations

import numpy as np

from specgraph.ops.scaling import L2Normalize, LayerScale, Normalization, RMSNorm
from specgraph.reference.base import Array, Evaluation, reference

SHORTEST = 1e-12
"""A length below it counts as this."""


@reference(RMSNorm)
def rms_norm(op: RMSNorm, at: Evaluation) -> Array:
    """Divides each example by its root mean square over the axes."""
    x = at.inputs.first
    axes = op.axes_of(at.types.first)
    y = x / np.sqrt((x * x).mean(axis=axes, keepdims=True) + op.epsilon)
    if op.scale:
        shape = [x.shape[axis] if axis in axes else 1 for axis in range(x.ndim)]
        y = y * at.params["scale"].reshape(shape)
    return np.asarray(y)


@reference(L2Normalize)
def l2_normalize(op: L2Normalize, at: Evaluation) -> Array:
    """Divides by the length, which has no slope where it is 0."""
    x = at.inputs.first
    squares = (x * x).sum(axis=at.types.first.axes(op.axis), keepdims=True)
    long = squares.real > SHORTEST**2
    return np.asarray(x / np.where(long, np.sqrt(np.where(long, squares, 1)), SHORTEST))


@reference(Normalization)
def normalization(op: Normalization, at: Evaluation) -> Array:
    """Shifts by the mean and divides by the standard deviation, or the way back."""
    x = at.inputs.first
    after = x.ndim - 1 - at.types.first.axis(op.axis)
    mean, deviation = (
        np.reshape(given, (-1, *(1,) * after)).astype(x.real.dtype)
        for given in (op.mean, op.deviation)
    )
    y = x * deviation + mean if op.invert else (x - mean) / deviation
    return np.asarray(y)


@reference(LayerScale)
def layer_scale(op: LayerScale, at: Evaluation) -> Array:
    """A factor a channel."""
    x = at.inputs.first
    after = x.ndim - 1 - op.axis_of(at.types.first)
    return np.asarray(x * at.params["gamma"].reshape(-1, *(1,) * after))
