"""Constraints: how they are written, what is refused, and what they make of a weight."""

from __future__ import annotations

import numpy as np
import pytest

from specgraph.definition import CallError, call_form
from specgraph.reference.training import OptimizerState, constrained, step
from specgraph.training.constraints import CONSTRAINTS
from specgraph.training.optimizers import OPTIMIZERS

WEIGHT = np.array([[3.0, -0.5, 0.0], [-4.0, 1.2, 0.0]])
"""Columns of length 5, 1.3 and 0."""
FIVE, LESS = 5 + 1e-7, 1.3 + 1e-7
NOTHING = [0.0, 0.0]


@pytest.mark.parametrize(
    ("call", "columns"),
    [
        ("non_neg", [[3, 0], [0, 1.2], NOTHING]),
        ("max_norm", [[6 / FIVE, -8 / FIVE], [-0.65 / LESS, 1.56 / LESS], NOTHING]),
        ({"max_norm": 1}, [[3 / FIVE, -4 / FIVE], [-0.5 / LESS, 1.2 / LESS], NOTHING]),
        ("unit_norm", [[3 / FIVE, -4 / FIVE], [-0.5 / LESS, 1.2 / LESS], NOTHING]),
        (
            {"min_max_norm": {"min_value": 2, "max_value": 3, "rate": 0.5}},
            [[12 / FIVE, -16 / FIVE], [-0.825 / LESS, 1.98 / LESS], NOTHING],
        ),
    ],
    ids=str,
)
def test_vectors_along_the_axis_are_brought_back(
    call: object, columns: list[list[float]]
) -> None:
    found = constrained(CONSTRAINTS.parse(call), WEIGHT)
    np.testing.assert_allclose(found.T, columns, rtol=1e-15)


def test_an_axis_may_be_counted_back_and_several_are_one_vector() -> None:
    rows = CONSTRAINTS.parse({"unit_norm": 1})
    np.testing.assert_array_equal(
        constrained(rows, WEIGHT),
        constrained(CONSTRAINTS.parse("unit_norm"), WEIGHT.T).T,
    )
    back = CONSTRAINTS.parse({"unit_norm": -1})
    np.testing.assert_array_equal(constrained(back, WEIGHT), constrained(rows, WEIGHT))
    whole = constrained(CONSTRAINTS.parse({"unit_norm": [0, -1]}), WEIGHT)
    length = np.sqrt((WEIGHT**2).sum())
    np.testing.assert_allclose(whole, WEIGHT / (length + 1e-7), rtol=1e-15)


def test_a_step_ends_with_the_constraint() -> None:
    optimizer = OPTIMIZERS.parse({"sgd": {"learning_rate": 1.0, "weight_decay": 0.5}})
    weights = {"held": WEIGHT, "free": WEIGHT}
    state = OptimizerState.start(optimizer, weights)
    gradients = {name: np.ones_like(WEIGHT) for name in weights}
    limits = {"held": CONSTRAINTS.parse("non_neg")}
    after = step(optimizer, weights, gradients, state, constraints=limits)
    np.testing.assert_allclose(after["free"], 0.5 * WEIGHT - 1)
    np.testing.assert_allclose(after["held"], [[0.5, 0.0, 0.0], [0.0, 0.0, 0.0]])


def test_defaults_are_those_of_keras() -> None:
    assert [call_form(CONSTRAINTS.parse(of.label)) for of in CONSTRAINTS] == [
        "non_neg",
        {"max_norm": {"max_value": 2.0, "axis": 0}},
        {
            "min_max_norm": {
                "min_value": 0.0,
                "max_value": 1.0,
                "rate": 1.0,
                "axis": 0,
            }
        },
        {"unit_norm": {"axis": 0}},
    ]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"max_norm": 0}, "max_value must be greater than 0, got 0"),
        ({"max_norm": {"axis": []}}, "at least one axis is needed"),
        ({"max_norm": {"axis": "rows"}}, "axis must be a valid integer"),
        ({"min_max_norm": {"rate": 1.5}}, "rate must be less than or equal to 1"),
        ({"min_max_norm": {"min_value": -1}}, "min_value must be greater than"),
        ({"min_max_norm": {"min_value": 2}}, "min_value 2 lies above max_value 1"),
        ({"min_max_norm": 2}, "min_max_norm takes no plain value"),
        ({"non_neg": 2}, "non_neg takes no plain value"),
    ],
    ids=str,
)
def test_values_out_of_range_are_refused(call: object, said: str) -> None:
    with pytest.raises(CallError, match=said):
        CONSTRAINTS.parse(call)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MaxNorm", "max_norm"),
        ("NonNeg", "non_neg"),
        ("nonneg", "non_neg"),
        ("non_negative", "non_neg"),
        ("UnitNorm", "unit_norm"),
        ("MinMaxNorm", "min_max_norm"),
    ],
)
def test_names_of_elsewhere_find_ours(name: str, meant: str) -> None:
    with pytest.raises(CallError) as caught:
        CONSTRAINTS.parse(name)
    assert caught.value.problems[0].hint == f"did you mean '{meant}'?"


@pytest.mark.parametrize("axis", [2, -3, [0, 2], [0, -2]])
def test_an_axis_is_one_of_the_weight_and_said_once(axis: object) -> None:
    constraint = CONSTRAINTS.parse({"unit_norm": {"axis": axis}})
    assert constraint.problem((4, 3)) is not None
    assert CONSTRAINTS.parse({"unit_norm": [1, 0]}).problem((4, 3)) is None
