"""What activations compute."""

from __future__ import annotations

import math

import numpy as np

from specgraph.ops.activation import (
    Celu,
    Elu,
    Exponential,
    Gelu,
    HardSigmoid,
    HardSilu,
    HardTanh,
    LeakyRelu,
    Linear,
    LogSigmoid,
    LogSoftmax,
    Mish,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Softsign,
    Squareplus,
    Tanh,
)
from specgraph.reference import elementary
from specgraph.reference.base import Array, Evaluation, reference

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@reference(Relu)
def relu(op: Relu, at: Evaluation) -> Array:
    """What exceeds the threshold passes, strictly.

    At 0 the slope is the negative one where that is all there is (as in `leaky_relu`),
    at 6 that of `relu6` is 0: so both frameworks.
    """
    x = at.inputs.first
    if op.negative_slope and op.max_value is None and not op.threshold:
        return np.where(x.real > 0, x, op.negative_slope * x)
    y = np.where(x.real > op.threshold, x, 0)
    if op.max_value == 6 and not op.threshold:
        y = np.where(y.real < 6, y, 6)
    elif op.max_value is not None:
        y = elementary.clip(y, 0, op.max_value)
    below = np.where(x.real < op.threshold, op.threshold - x, 0)
    return y - op.negative_slope * below


@reference(LeakyRelu)
def leaky_relu(op: LeakyRelu, at: Evaluation) -> Array:
    """A slope below 0."""
    x = at.inputs.first
    return np.where(x.real > 0, x, op.negative_slope * x)


@reference(Elu)
def elu(op: Elu, at: Evaluation) -> Array:
    """An exponential below 0."""
    x = at.inputs.first
    return np.where(x.real > 0, x, op.alpha * _expm1_below_zero(x))


@reference(Selu)
def selu(op: Selu, at: Evaluation) -> Array:
    """A scaled ELU; at 0 the slope is that of the positive side."""
    x = at.inputs.first
    below = SELU_ALPHA * _expm1_below_zero(x)
    return SELU_SCALE * np.where(x.real >= 0, x, below)


def _expm1_below_zero(x: Array) -> Array:
    return np.expm1(np.where(x.real > 0, 0, x))


@reference(Gelu)
def gelu(op: Gelu, at: Evaluation) -> Array:
    """By the complementary error function: exact far below 0 too."""
    x = at.inputs.first
    if op.approximate:
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
        return x * elementary.sigmoid(2 * inner)
    return 0.5 * x * elementary.erfc(-x / math.sqrt(2))


@reference(Silu)
def silu(op: Silu, at: Evaluation) -> Array:
    """x times its sigmoid."""
    return at.inputs.first * elementary.sigmoid(at.inputs.first)


@reference(Softplus)
def softplus(op: Softplus, at: Evaluation) -> Array:
    """The smooth positive part."""
    return elementary.softplus(at.inputs.first)


@reference(Tanh)
def tanh(op: Tanh, at: Evaluation) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(at.inputs.first)


@reference(Sigmoid)
def sigmoid(op: Sigmoid, at: Evaluation) -> Array:
    """The logistic function."""
    return elementary.sigmoid(at.inputs.first)


@reference(HardSigmoid)
def hard_sigmoid(op: HardSigmoid, at: Evaluation) -> Array:
    """A line between two constants; at its ends the slope is 0."""
    return _hard_sigmoid(at.inputs.first)


def _hard_sigmoid(x: Array) -> Array:
    x = x + 3
    return np.where(x.real <= 0, 0, np.where(x.real >= 6, 6, x)) / 6


@reference(Relu6)
def relu6(op: Relu6, at: Evaluation) -> Array:
    """A line between two constants; at its ends the slope is 0."""
    x = at.inputs.first
    return np.where(x.real <= 0, 0, np.where(x.real >= 6, 6, x))


@reference(Celu)
def celu(op: Celu, at: Evaluation) -> Array:
    """An exponential below 0, of slope 1 there."""
    x = at.inputs.first
    return np.where(x.real > 0, x, op.alpha * _expm1_below_zero(x / op.alpha))


@reference(Mish)
def mish(op: Mish, at: Evaluation) -> Array:
    """x times the hyperbolic tangent of its smooth positive part."""
    x = at.inputs.first
    return np.asarray(x * np.tanh(elementary.softplus(x)))


@reference(Softsign)
def softsign(op: Softsign, at: Evaluation) -> Array:
    """x by its distance from -1 or 1, whichever is farther."""
    x = at.inputs.first
    return np.asarray(x / (1 + np.where(x.real < 0, -x, x)))


@reference(LogSigmoid)
def log_sigmoid(op: LogSigmoid, at: Evaluation) -> Array:
    """The smooth negative part."""
    return -elementary.softplus(-at.inputs.first)


@reference(HardSilu)
def hard_silu(op: HardSilu, at: Evaluation) -> Array:
    """x times its hard sigmoid."""
    return at.inputs.first * _hard_sigmoid(at.inputs.first)


@reference(HardTanh)
def hard_tanh(op: HardTanh, at: Evaluation) -> Array:
    """A line between two constants; at its ends the slope is 1."""
    return elementary.clip(at.inputs.first, -1, 1)


@reference(Exponential)
def exponential(op: Exponential, at: Evaluation) -> Array:
    """The exponential function."""
    return np.asarray(np.exp(at.inputs.first))


@reference(Squareplus)
def squareplus(op: Squareplus, at: Evaluation) -> Array:
    """The upper branch of a hyperbola."""
    x = at.inputs.first
    return np.asarray((x + np.sqrt(x * x + op.b)) / 2)


@reference(Linear)
def linear(op: Linear, at: Evaluation) -> Array:
    """The identity."""
    return at.inputs.first


@reference(Softmax)
def softmax(op: Softmax, at: Evaluation) -> Array:
    """Shifted by the greatest element, which changes nothing but the range."""
    x = at.inputs.first
    powers = np.exp(x - x.real.max(axis=op.axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=op.axis, keepdims=True))


@reference(LogSoftmax)
def log_softmax(op: LogSoftmax, at: Evaluation) -> Array:
    """Shifted by the greatest element, which changes nothing but the range."""
    x = at.inputs.first
    shifted = x - x.real.max(axis=op.axis, keepdims=True)
    total = np.exp(shifted).sum(axis=op.axis, keepdims=True)
    return np.asarray(shifted - np.log(total))
