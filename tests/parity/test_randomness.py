"""Draws that are not what an op says are told from those that are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from specgraph.ops import OPS
from specgraph.ops.base import Bound, Op, TensorType
from specgraph.parity.randomness import DEVIATIONS, JUDGES, Judged
from specgraph.reference.base import Array, Evaluation, evaluate

SHAPE = (256, 5, 3)
RNG = np.random.default_rng(2)
X = RNG.normal(size=SHAPE)


def resolved(label: str, number: float) -> Op:
    """An op of one number, for values of `SHAPE`."""
    kind = Bound({"input": (TensorType(SHAPE[1:]),)})
    return OPS.find(label).call(number).resolve(kind)


def drawn(op: Op, wide: bool = False) -> Array:
    """What a training step makes of X; `wide` draws for each element by itself."""

    def draws(shape: tuple[int, ...]) -> Array:
        shape = SHAPE if wide else shape
        if op.normal:
            return RNG.normal(size=shape)
        return np.asarray(RNG.random(shape) >= getattr(op, "rate"))  # noqa: B009

    inputs, types = Bound({"input": (X,)}), Bound({"input": (TensorType(SHAPE[1:]),)})
    return evaluate(op, Evaluation(inputs, types, {}, True, draws))["output"]


def judged(op: Op, y: Array) -> Judged:
    """What is said of a value."""
    return JUDGES[type(op)](op, X, y)


LABELS = [
    "dropout",
    "spatial_dropout1d",
    "stochastic_depth",
    "alpha_dropout",
    "gaussian_dropout",
    "gaussian_noise",
]


@pytest.mark.parametrize("label", LABELS)
def test_draws_by_the_definition_are_good(label: str) -> None:
    op = resolved(label, 0.25)
    found = judged(op, drawn(op))
    assert found.error < 1e-12
    assert found.deviations < DEVIATIONS


@pytest.mark.parametrize("label", LABELS)
def test_draws_of_another_rate_are_told(label: str) -> None:
    found = judged(resolved(label, 0.25), drawn(resolved(label, 0.7)))
    assert found.error > 1e-3 or found.deviations > DEVIATIONS


@pytest.mark.parametrize("label", ["spatial_dropout1d", "stochastic_depth"])
def test_draws_for_each_element_are_told_from_draws_for_a_group(label: str) -> None:
    op = resolved(label, 0.25)
    assert judged(op, drawn(op, wide=True)).error > 1e-3


def test_noise_with_a_mean_is_told() -> None:
    op = resolved("gaussian_noise", 0.25)
    assert judged(op, drawn(op) + 0.25).deviations > DEVIATIONS


def test_what_is_kept_and_not_scaled_is_told() -> None:
    op = resolved("dropout", 0.25)
    assert judged(op, drawn(op) * 0.75).error > 0.2


def test_no_noise_is_none() -> None:
    op = resolved("gaussian_noise", 0)
    assert judged(op, X).error == 0
    assert math.isclose(judged(op, X + 0.5).error, 0.5)
