"""What regularization computes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from specgraph.ops.regularize import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    StochasticDepth,
)
from specgraph.reference.base import Array, Evaluation, reference

SELU_FLOOR = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
"""What SELU gives at minus infinity."""

Dropping = (
    Dropout | SpatialDropout1D | SpatialDropout2D | SpatialDropout3D | StochasticDepth
)


@reference(
    Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D, StochasticDepth
)
def dropout(op: Dropping, at: Evaluation) -> Array:
    """In training what is kept grows, so that the mean stays."""
    x = at.inputs.first
    if not at.training or op.rate == 0:
        return x
    if op.rate == 1:
        return np.zeros_like(x)
    return np.where(_draws(op, at), x / (1 - op.rate), 0)


@reference(AlphaDropout)
def alpha_dropout(op: AlphaDropout, at: Evaluation) -> Array:
    """Where x has mean 0 and variance 1, so has what this makes of it."""
    x = at.inputs.first
    if not at.training or op.rate == 0:
        return x
    variance = (1 - op.rate) * (1 + op.rate * SELU_FLOOR**2)
    kept = np.where(_draws(op, at), x, SELU_FLOOR)
    return np.asarray((kept - op.rate * SELU_FLOOR) / math.sqrt(variance))


@reference(GaussianDropout)
def gaussian_dropout(op: GaussianDropout, at: Evaluation) -> Array:
    """The standard deviation is that of what dropout makes of 1."""
    x = at.inputs.first
    if not at.training:
        return x
    return x * (1 + math.sqrt(op.rate / (1 - op.rate)) * _draws(op, at))


@reference(GaussianNoise)
def gaussian_noise(op: GaussianNoise, at: Evaluation) -> Array:
    """The input, and noise beside it."""
    return (
        at.inputs.first + op.stddev * _draws(op, at) if at.training else at.inputs.first
    )


@reference(ActivityRegularization)
def activity_regularization(op: ActivityRegularization, at: Evaluation) -> Array:
    """The identity; `activity_penalty` is what the loss gets."""
    return at.inputs.first


def activity_penalty(op: ActivityRegularization, x: Array) -> Any:
    """What training adds to the loss for a value [batch, ...]."""
    each = op.l1 * np.where(x.real < 0, -x, x) + op.l2 * x * x
    return each.sum() / len(x)


def _draws(op: Any, at: Evaluation) -> Array:
    """What a training step draws for an op: masks, or numbers of the values' type."""
    found = at.draws(op.drawn(at.inputs.map(np.shape)))
    return found.astype(at.inputs.first.real.dtype) if op.normal else found
