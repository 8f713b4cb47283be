"""What reductions compute."""

from __future__ import annotations

import numpy as np

from specgraph.ops.reduce import (
    Argmax,
    Cumsum,
    LogSumExp,
    Max,
    Mean,
    Min,
    Prod,
    Reduction,
    Spread,
    Std,
    Sum,
    TopK,
    Var,
)
from specgraph.reference.base import Array, Evaluation, reference


def axes(op: Reduction, at: Evaluation) -> tuple[int, ...]:
    """The axes that go."""
    return op.axes_of(at.types.first)


@reference(Sum)
def sum_(op: Sum, at: Evaluation) -> Array:
    """The sum, of integers in their dtype."""
    x = at.inputs.first
    return np.asarray(x.sum(axes(op, at), dtype=x.dtype, keepdims=op.keepdims))


@reference(Mean)
def mean(op: Mean, at: Evaluation) -> Array:
    """The mean."""
    return np.asarray(at.inputs.first.mean(axes(op, at), keepdims=op.keepdims))


@reference(Max)
def max_(op: Max, at: Evaluation) -> Array:
    """The greatest real part."""
    return _greatest(op, at, at.inputs.first)


@reference(Min)
def min_(op: Min, at: Evaluation) -> Array:
    """The least real part."""
    if at.inputs.first.dtype.kind in "iu":
        return np.asarray(at.inputs.first.min(axes(op, at), keepdims=op.keepdims))
    return -_greatest(op, at, -at.inputs.first)


def _greatest(op: Reduction, at: Evaluation, x: Array) -> Array:
    """The greatest real part; the imaginary part is the mean of all that have it."""
    gone = axes(op, at)
    most = np.asarray(x.real.max(gone, keepdims=True))
    found = most
    if np.iscomplexobj(x):
        equal = x.real == most
        share = np.where(equal, x.imag, 0).sum(gone, keepdims=True)
        found = most + 1j * share / equal.sum(gone, keepdims=True).astype(most.dtype)
    return found if op.keepdims else np.squeeze(found, gone)


@reference(Prod)
def prod(op: Prod, at: Evaluation) -> Array:
    """The product, of integers in their dtype."""
    x = at.inputs.first
    return np.asarray(x.prod(axes(op, at), dtype=x.dtype, keepdims=op.keepdims))


@reference(LogSumExp)
def logsumexp(op: LogSumExp, at: Evaluation) -> Array:
    """Shifted by the greatest element, which changes nothing but the range."""
    x, gone = at.inputs.first, axes(op, at)
    most = x.real.max(gone, keepdims=True)
    found = np.log(np.exp(x - most).sum(gone, keepdims=True)) + most
    return np.asarray(found if op.keepdims else np.squeeze(found, gone))


def variance(op: Spread, at: Evaluation) -> Array:
    """The sum of squared distances from the mean by their corrected number."""
    x, gone = at.inputs.first, axes(op, at)
    squares = (x - x.mean(gone, keepdims=True)) ** 2
    mean = squares.mean(gone, keepdims=op.keepdims)
    count = squares.size // mean.size
    return np.asarray(mean * (count / (count - op.correction)))


@reference(Var)
def var(op: Var, at: Evaluation) -> Array:
    """The variance."""
    return variance(op, at)


@reference(Std)
def std(op: Std, at: Evaluation) -> Array:
    """Its root; where all values are equal the slope is 0."""
    found = variance(op, at)
    return np.where(found.real > 0, np.sqrt(found), 0)


@reference(Cumsum)
def cumsum(op: Cumsum, at: Evaluation) -> Array:
    """Running sums."""
    x = at.inputs.first
    return np.cumsum(x, op.axis, dtype=x.dtype)


@reference(Argmax)
def argmax(op: Argmax, at: Evaluation) -> Array:
    """The first of the greatest, by real part."""
    found = np.argmax(at.inputs.first.real, op.axis, keepdims=op.keepdims)
    return np.asarray(found.astype(op.index_dtype))


@reference(TopK)
def top_k(op: TopK, at: Evaluation) -> dict[str, Array]:
    """By real part; a stable sort keeps equals in their order."""
    x = at.inputs.first
    order = np.argsort(-x.real.astype(np.float64), axis=-1, kind="stable")
    places = order[..., : op.k]
    values = np.take_along_axis(x, places, -1)
    return {"values": values, "indices": places.astype(op.index_dtype)}
