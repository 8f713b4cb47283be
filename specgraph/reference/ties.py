"""How near an evaluation comes to a point where the gradient jumps.

At a kink (of a ReLU), or where two candidates of a maximum are equal, rounding decides
which gradient a framework gives; so comparisons are made away from such points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from specgraph.ops.activation import (
    Elu,
    HardSigmoid,
    HardSilu,
    HardTanh,
    LeakyRelu,
    Relu,
    Relu6,
    Selu,
)
from specgraph.ops.adaptive_pool import AdaptiveMaxPool1D, AdaptiveMaxPool2D
from specgraph.ops.base import Op
from specgraph.ops.compare import Comparison, Equal, Greater, Less, NotEqual
from specgraph.ops.gate import PRelu
from specgraph.ops.global_pool import (
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
)
from specgraph.ops.merge import Maximum, Minimum
from specgraph.ops.pool import MaxPool1D, MaxPool2D, MaxPool3D
from specgraph.reference.adaptive_pool import adaptive_windows
from specgraph.reference.base import Array, Evaluation, channels_last, observed
from specgraph.reference.compare import compared
from specgraph.reference.merge import operands
from specgraph.reference.pool import window_cells
from specgraph.reference.steps import STEPS


class Margin:
    """The least distance from a tie seen so far, relative to the values compared."""

    def __init__(self) -> None:
        self.least = math.inf

    def see(self, op: Op, at: Evaluation) -> None:
        """Notes one evaluation."""
        rule = _RULES.get(type(op))
        if rule is None:
            return
        scale = max((np.abs(v).max(initial=0.0) for v in at.inputs), default=0.0)
        for gaps in rule(op, at):
            # Exact ties are alike in every backend: zeros of a ReLU, of padding.
            gaps = gaps[gaps > 0]
            if gaps.size and scale > 0:
                self.least = min(self.least, float(gaps.min() / scale))


@contextmanager
def measured() -> Iterator[Margin]:
    """The margin of all that is evaluated meanwhile."""
    margin = Margin()
    with observed(margin.see):
        yield margin


_Rule = Callable[[Any, Evaluation], Iterator[Array]]


def _kinks(*points: float) -> _Rule:
    def rule(_: Op, at: Evaluation) -> Iterator[Array]:
        for point in points:
            yield np.abs(at.inputs.first - point)

    return rule


def _relu(op: Relu, at: Evaluation) -> Iterator[Array]:
    yield np.abs(at.inputs.first - op.threshold)
    if op.max_value is not None:
        yield np.abs(at.inputs.first - op.max_value)


def _compared(op: Comparison, at: Evaluation) -> Iterator[Array]:
    first, second = compared(op, at)
    if np.issubdtype(first.dtype, np.floating):
        yield np.abs(first - second)


def _candidates(_: Op, at: Evaluation) -> Iterator[Array]:
    yield _top_gap(np.stack(np.broadcast_arrays(*operands(at))))


def _negated(_: Op, at: Evaluation) -> Iterator[Array]:
    yield _top_gap(-np.stack(np.broadcast_arrays(*operands(at))))


def _windows(op: Any, at: Evaluation) -> Iterator[Array]:
    x = channels_last(at.inputs.first, at.types.first)
    cells = [np.where(inside, seen, -np.inf) for seen, inside, _ in window_cells(op, x)]
    yield _top_gap(np.stack(cells))


def _adaptive(op: Any, at: Evaluation) -> Iterator[Array]:
    x = channels_last(at.inputs.first, at.types.first)
    for seen in adaptive_windows(op, x):
        yield _top_gap(seen.swapaxes(0, 1))


def _whole(op: Any, at: Evaluation) -> Iterator[Array]:
    x = channels_last(at.inputs.first, at.types.first)
    yield _top_gap(x.reshape(x.shape[0], -1, x.shape[-1]).swapaxes(0, 1))


def _top_gap(candidates: Array) -> Array:
    """The distance between the greatest and the next along the first axis."""
    if len(candidates) < 2:
        return np.zeros(0)
    top = np.sort(candidates, axis=0)[-2:]
    return np.asarray((top[1] - top[0])[np.isfinite(top[0])])


_RULES: dict[type[Op], _Rule] = {
    **STEPS,
    Relu: _relu,
    LeakyRelu: _kinks(0.0),
    Elu: _kinks(0.0),
    Selu: _kinks(0.0),
    HardSigmoid: _kinks(-3.0, 3.0),
    HardSilu: _kinks(-3.0, 3.0),
    HardTanh: _kinks(-1.0, 1.0),
    Relu6: _kinks(0.0, 6.0),
    PRelu: _kinks(0.0),
    **dict.fromkeys((Equal, Greater, Less, NotEqual), _compared),
    Maximum: _candidates,
    Minimum: _negated,
    MaxPool1D: _windows,
    MaxPool2D: _windows,
    MaxPool3D: _windows,
    AdaptiveMaxPool1D: _adaptive,
    AdaptiveMaxPool2D: _adaptive,
    GlobalMaxPool1D: _whole,
    GlobalMaxPool2D: _whole,
    GlobalMaxPool3D: _whole,
}
