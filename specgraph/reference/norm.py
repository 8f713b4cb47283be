"""What normalization computes."""

from __future__ import annotations

import numpy as np

from specgraph.ops.norm import BatchNorm, LayerNorm
from specgraph.reference.base import Array, Evaluation, reference


@reference(BatchNorm)
def batch_norm(op: BatchNorm, at: Evaluation) -> Array:
    """Normalizes each channel by the batch's or by the moving statistics."""
    axis = op.axis_of(at.types.first)
    x = np.moveaxis(at.inputs.first, axis, -1)
    mean, variance = at.params["moving_mean"], at.params["moving_variance"]
    if at.training:
        others = tuple(range(x.ndim - 1))
        mean = x.mean(axis=others)
        variance = ((x - mean) ** 2).mean(axis=others)
        _update(op, at, mean, variance, x.size // x.shape[-1])
    y = (x - mean) / np.sqrt(variance + op.epsilon)
    if op.scale:
        y = y * at.params["gamma"]
    if op.center:
        y = y + at.params["beta"]
    return np.asarray(np.moveaxis(y, -1, axis))


def _update(
    op: BatchNorm, at: Evaluation, mean: Array, variance: Array, count: int
) -> None:
    if op.running_variance == "unbiased":
        if count < 2:
            raise ValueError("an unbiased variance needs two values per channel")
        variance = variance * (count / (count - 1))
    for name, new in (("moving_mean", mean), ("moving_variance", variance)):
        kept = op.momentum * at.params[name]
        at.updates[name] = kept + (1 - op.momentum) * new


@reference(LayerNorm)
def layer_norm(op: LayerNorm, at: Evaluation) -> Array:
    """Normalizes each example over the axes."""
    kind = at.types.first
    axes = op.axes_of(kind)
    x = at.inputs.first
    mean = x.mean(axis=axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=axes, keepdims=True)
    y = (x - mean) / np.sqrt(variance + op.epsilon)
    shape = [x.shape[axis] if axis in axes else 1 for axis in range(x.ndim)]
    if op.scale:
        y = y * at.params["gamma"].reshape(shape)
    if op.center:
        y = y + at.params["beta"].reshape(shape)
    return np.asarray(y)
