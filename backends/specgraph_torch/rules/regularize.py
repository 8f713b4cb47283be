"""What acts in training alone: `nn.Dropout` and its kin."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.pycode import Expr
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
from specgraph.traced import as_float
from specgraph_torch.rules.base import RULES


@RULES.lower(Dropout)
def dropout(op: Dropout, at: At) -> Lowered:
    """The framework's layer."""
    return _layer(at, call("nn.Dropout", as_float(op.rate)))


@RULES.lower(SpatialDropout1D, SpatialDropout2D, SpatialDropout3D)
def spatial_dropout(op: SpatialDropout, at: At) -> Lowered:
    """The framework's layer, which drops along its second axis."""
    return _layer(at, call(f"nn.Dropout{op.axes}d", as_float(op.rate)))


@RULES.lower(AlphaDropout)
def alpha_dropout(op: AlphaDropout, at: At) -> Lowered:
    """The framework's layer."""
    return _layer(at, call("nn.AlphaDropout", as_float(op.rate)))


@RULES.lower(GaussianDropout, StochasticDepth)
def of_a_rate(op: GaussianDropout | StochasticDepth, at: At) -> Lowered:
    """A helper: the framework has no such layer."""
    return _layer(at, call(at.helper(type(op).__name__), as_float(op.rate)))


@RULES.lower(GaussianNoise)
def gaussian_noise(op: GaussianNoise, at: At) -> Lowered:
    """A helper: the framework has no such layer."""
    return _layer(at, call(at.helper("GaussianNoise"), float(op.stddev)))


@RULES.lower(ActivityRegularization)
def activity_regularization(op: ActivityRegularization, at: At) -> Lowered:
    """A helper that keeps the penalty, which train.py takes from it."""
    named: dict[str, Argument] = {"l1": op.l1} if op.l1 else {}
    named |= {"l2": op.l2} if op.l2 else {}
    return _layer(at, call(at.helper("ActivityRegularization"), **named))


def _layer(at: At, layer: Expr) -> Lowered:
    return Lowered({"output": call(at.layer(""), at.input)}, {"": layer})
