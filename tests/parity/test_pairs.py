"""Two backends in training: what rounding carries is allowed, what it does not is not."""

from __future__ import annotations

import numpy as np
import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.pairs import LAST_BITS, PairJudge, drift_of, moved
from specgraph.parity.tally import Tally
from specgraph.parity.training import Step

NAMES = ("torch", "keras")
TEXT = """
specgraph: 1
name: pair
inputs: {x: [2]}
layers: [dense: {units: 1, use_bias: false}]
train: {optimizer: sgd, loss: mse}
"""
GRAPH = compile_spec(loads(TEXT))
KEY = ("train", "float64", NAMES)


def steps(*errors: float) -> list[Step]:
    """A run of one weight that is off by so much after each step."""
    one = np.ones((2, 1))
    return [
        Step(0.5, {"dense.kernel": one}, {"dense.kernel": one + error}, {}, {})
        for error in errors
    ]


def judged(errors: list[float], drift: list[float]) -> tuple[PairJudge, Tally]:
    tally = Tally(GRAPH, frozenset({"train"}))
    judge = PairJudge(tally, NAMES, len(errors), drift)
    exact = steps(*(0.0 for _ in errors))
    for number, pair in enumerate(zip(exact, steps(*errors), strict=True)):
        judge.judge(number, *pair)
    return judge, tally


def test_a_difference_is_a_failure_by_itself() -> None:
    judge, tally = judged([1e-13, 1e-7], [])
    assert judge.failed and tally.pairs[KEY].ratio > 1


def test_what_rounding_carries_is_none() -> None:
    judge, tally = judged([1e-13, 1e-10, 1e-7], [1e-13, 1e-10, 1e-7])
    assert not judge.failed and tally.pairs[KEY].count == 6


def test_rounding_at_the_first_step_is_measured_by_what_it_grows_to() -> None:
    assert not judged([8e-13, 8e-7], [1e-14, 1e-8])[0].failed
    assert judged([8e-13, 8e-5], [1e-14, 1e-8])[0].failed


def test_more_than_rounding_carries_is_a_failure() -> None:
    assert judged([1e-13, 1e-6], [1e-13, 1e-12])[0].failed
    assert judged([1e-9, 1e-3], [1e-13, 1e-9])[0].failed


def test_where_rounding_carries_everything_away_nothing_is_compared() -> None:
    judge, tally = judged([1e-13, 0.5], [1e-13, 0.2])
    assert not judge.failed
    assert tally.pairs[KEY].count == 2
    (reason,) = tally.skipped.values()
    assert list(tally.skipped) == ["step 2 of torch and keras"]
    assert reason.startswith("training is chaotic: ")


def test_a_step_that_is_no_number_is_a_failure_whatever_drifts() -> None:
    judge, _ = judged([float("nan"), float("nan")], [1e-13, 1e-12])
    assert judge.failed


def test_weights_are_moved_in_their_last_bits() -> None:
    weights = {"dense.kernel": np.ones((50, 20))}
    off = np.abs(moved(weights, 0)["dense.kernel"] - 1)
    assert 0 < off.max() < 6 * LAST_BITS
    again = moved(weights, 0)["dense.kernel"] - 1
    assert np.abs(again) == pytest.approx(off)


def test_drift_does_not_fall() -> None:
    found = drift_of(GRAPH, steps(0, 0, 0), steps(1e-13, 1e-9, 1e-11))
    assert found == pytest.approx([1e-13, 1e-9, 1e-9], rel=1e-2)
