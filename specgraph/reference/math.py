"""What functions of every element compute."""

from __future__ import annotations

import numpy as np

from specgraph.ops.base import FLOATS
from specgraph.ops.math import (
    Abs,
    Clip,
    Cos,
    Exp,
    Floor,
    Log,
    Power,
    Rescaling,
    Round,
    Rsqrt,
    Scale,
    Shift,
    Sign,
    Sin,
    Sqrt,
)
from specgraph.reference.base import Array, Evaluation, reference


@reference(Abs)
def abs_(op: Abs, at: Evaluation) -> Array:
    """Numbers below 0 change their sign; the slope at 0 is 0."""
    x = at.inputs.first
    return np.asarray(x * np.sign(x.real))


@reference(Sqrt)
def sqrt(op: Sqrt, at: Evaluation) -> Array:
    """The root."""
    return np.sqrt(at.inputs.first)


@reference(Rsqrt)
def rsqrt(op: Rsqrt, at: Evaluation) -> Array:
    """1 by the root."""
    return np.asarray(1 / np.sqrt(at.inputs.first))


@reference(Exp)
def exp(op: Exp, at: Evaluation) -> Array:
    """e to the power of the input."""
    return np.exp(at.inputs.first)


@reference(Log)
def log(op: Log, at: Evaluation) -> Array:
    """The natural logarithm."""
    return np.log(at.inputs.first)


@reference(Sin)
def sin(op: Sin, at: Evaluation) -> Array:
    """The sine."""
    return np.sin(at.inputs.first)


@reference(Cos)
def cos(op: Cos, at: Evaluation) -> Array:
    """The cosine."""
    return np.cos(at.inputs.first)


@reference(Sign)
def sign(op: Sign, at: Evaluation) -> Array:
    """The sign of the real part."""
    return np.asarray(np.sign(at.inputs.first.real))


@reference(Round)
def round_(op: Round, at: Evaluation) -> Array:
    """The nearest whole number to the real part, of two the even one."""
    return np.asarray(np.rint(at.inputs.first.real))


@reference(Floor)
def floor(op: Floor, at: Evaluation) -> Array:
    """The whole number at or below the real part."""
    return np.asarray(np.floor(at.inputs.first.real))


@reference(Power)
def power(op: Power, at: Evaluation) -> Array:
    """The power."""
    return np.asarray(at.inputs.first**op.exponent)


@reference(Clip)
def clip(op: Clip, at: Evaluation) -> Array:
    """Between two bounds, by real part; on them the slope is 1."""
    x = at.inputs.first
    if op.min is not None:
        x = np.where(x.real < op.min, op.min, x)
    if op.max is not None:
        x = np.where(x.real > op.max, op.max, x)
    return x


@reference(Scale)
def scale(op: Scale, at: Evaluation) -> Array:
    """The product."""
    return np.asarray(at.inputs.first * op.factor)


@reference(Shift)
def shift(op: Shift, at: Evaluation) -> Array:
    """The sum."""
    return np.asarray(at.inputs.first + op.offset)


@reference(Rescaling)
def rescaling(op: Rescaling, at: Evaluation) -> Array:
    """Product and sum, of floats."""
    x = at.inputs.first
    if at.types.first.dtype not in FLOATS:
        x = x.astype(at.floats)
    return np.asarray(x * op.scale + op.offset)
