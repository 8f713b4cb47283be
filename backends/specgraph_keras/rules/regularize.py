"""What acts in training alone."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.regularize import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    StochasticDepth,
)
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Dropout)
def dropout(op: Dropout, at: At) -> Lowered:
    """`layers.Dropout`."""
    return Lowered({"output": call(make(at, "Dropout", op.rate), at.input)})


@RULES.lower(SpatialDropout1D, SpatialDropout2D, SpatialDropout3D)
def spatial_dropout(op: SpatialDropout, at: At) -> Lowered:
    """The framework's layer, which drops along the last axis."""
    layer = make(at, f"SpatialDropout{op.axes}D", op.rate)
    return Lowered({"output": call(layer, at.input)})


@RULES.lower(AlphaDropout, GaussianDropout)
def of_a_rate(op: AlphaDropout | GaussianDropout, at: At) -> Lowered:
    """The framework's layer."""
    return Lowered({"output": call(make(at, type(op).__name__, op.rate), at.input)})


@RULES.lower(GaussianNoise)
def gaussian_noise(op: GaussianNoise, at: At) -> Lowered:
    """`layers.GaussianNoise`."""
    return Lowered({"output": call(make(at, "GaussianNoise", op.stddev), at.input)})


@RULES.lower(StochasticDepth)
def stochastic_depth(op: StochasticDepth, at: At) -> Lowered:
    """`layers.Dropout`, one draw an example."""
    shape = (None, *(1 for _ in at.type.shape))
    layer = make(at, "Dropout", op.rate, noise_shape=shape)
    return Lowered({"output": call(layer, at.input)})


@RULES.lower(ActivityRegularization)
def activity_regularization(op: ActivityRegularization, at: At) -> Lowered:
    """The framework's layer."""
    named: dict[str, Argument] = {"l1": op.l1} if op.l1 else {}
    named |= {"l2": op.l2} if op.l2 else {}
    layer = make(at, "ActivityRegularization", **named)
    return Lowered({"output": call(layer, at.input)})
