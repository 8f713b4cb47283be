"""What a layer computes whose kernel is a length times a direction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from specgraph.ops.weight_norm import WeightNorm
from specgraph.reference.base import Array, Evaluation, evaluate, reference


@reference(WeightNorm)
def weight_norm(op: WeightNorm, at: Evaluation) -> dict[str, Array]:
    """The layer with the kernel g v / |v|."""
    direction, magnitude = at.params["kernel"], at.params["magnitude"]
    length = lengths(direction, op.kernel_axis)
    kernel = direction * (magnitude.reshape(length.shape) / length)
    return evaluate(op.layer, replace(at, params={**at.params, "kernel": kernel}))


def lengths(weight: Array, axis: int | None) -> Array:
    """The norms of a weight's parts along an axis, or of the whole; axes kept."""
    others = tuple(one for one in range(weight.ndim) if one != axis)
    return np.asarray(np.sqrt((weight * weight).sum(others, keepdims=True)))
