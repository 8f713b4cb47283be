"""What normalization over groups of channels computes."""

from __future__ import annotations

import numpy as np

from specgraph.ops.group_norm import Grouped, GroupNorm, InstanceNorm, LocalResponseNorm
from specgraph.reference.base import (
    Array,
    Evaluation,
    channels_last,
    from_channels_last,
    reference,
)


@reference(GroupNorm, InstanceNorm)
def grouped(op: Grouped, at: Evaluation) -> Array:
    """Normalizes each group of an example by its own statistics."""
    axis = op.axis_of(at.types.first)
    x = np.moveaxis(at.inputs.first, axis, -1)
    groups = op.count(x.shape[-1])
    parts = x.reshape(*x.shape[:-1], groups, x.shape[-1] // groups)
    within = (*range(1, x.ndim - 1), x.ndim)
    mean = parts.mean(axis=within, keepdims=True)
    variance = ((parts - mean) ** 2).mean(axis=within, keepdims=True)
    y = ((parts - mean) / np.sqrt(variance + op.epsilon)).reshape(x.shape)
    if op.scale:
        y = y * at.params["gamma"]
    if op.center:
        y = y + at.params["beta"]
    return np.asarray(np.moveaxis(y, -1, axis))


@reference(LocalResponseNorm)
def local_response_norm(op: LocalResponseNorm, at: Evaluation) -> Array:
    """Divides by a power of the neighbours' mean square."""
    kind = at.types.first
    x = channels_last(at.inputs.first, kind)
    channels = x.shape[-1]
    before = op.size // 2
    beyond = [(0, 0)] * (x.ndim - 1) + [(before, op.size - 1 - before)]
    squares = np.pad(x * x, beyond)
    total = sum(squares[..., i : i + channels] for i in range(op.size))
    return from_channels_last(x / (op.k + op.alpha * total / op.size) ** op.beta, kind)
