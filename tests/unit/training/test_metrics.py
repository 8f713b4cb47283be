from __future__ import annotations

import math

import numpy as np
import pytest

from specgraph.definition import CallError
from specgraph.reference.training import metric_value
from specgraph.training.losses import LOSSES
from specgraph.training.metrics import METRICS, BinaryAccuracy


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("binary_crossentropy", {"binary_accuracy": {"threshold": 0.5}}),
        (
            {"binary_crossentropy": {"from_logits": True}},
            {"binary_accuracy": {"threshold": 0.0}},
        ),
        ("categorical_crossentropy", "categorical_accuracy"),
        ("sparse_categorical_crossentropy", "sparse_categorical_accuracy"),
    ],
)
def test_accuracy_picks_its_kind_from_the_loss(loss: object, expected: object) -> None:
    found = METRICS.parse("accuracy").resolve(LOSSES.parse(loss))
    assert found == METRICS.parse(expected)
    assert found.resolve(LOSSES.parse(loss)) == found


@pytest.mark.parametrize(
    ("metric", "loss", "message"),
    [
        ("accuracy", "mse", "accuracy goes with a cross-entropy"),
        (
            "categorical_accuracy",
            "sparse_categorical_crossentropy",
            "compares with one-hot floats, but the labels of .* are class ids",
        ),
        ("sparse_categorical_accuracy", "mse", "compares with class ids"),
        ("mae", "sparse_categorical_crossentropy", "labels of .* are class ids"),
    ],
)
def test_a_metric_that_cannot_read_the_labels_is_refused(
    metric: str, loss: str, message: str
) -> None:
    with pytest.raises(CallError, match=message):
        METRICS.parse(metric).resolve(LOSSES.parse(loss))


def test_a_written_threshold_stays() -> None:
    loss = LOSSES.parse({"binary_crossentropy": {"from_logits": True}})
    metric = METRICS.parse({"binary_accuracy": 0.7}).resolve(loss)
    assert metric.attributes() == {"threshold": 0.7}


def test_a_threshold_of_probabilities_becomes_one_of_logits() -> None:
    for p, logit in [(0.5, 0.0), (0.9, math.log(9)), (0.0, -math.inf)]:
        assert BinaryAccuracy(threshold=p).on_logits().threshold == pytest.approx(logit)


def test_values_are_means_over_elements_and_the_first_greatest_wins() -> None:
    bits, p = np.array([[1.0, 0.0, 1.0, 0.0]]).T, np.array([[0.5, 0.4, 0.6, 0.1]]).T
    loss = LOSSES.parse("binary_crossentropy")
    assert metric_value(METRICS.parse("accuracy").resolve(loss), p, bits) == 0.75
    tied = np.array([[0.4, 0.4, 0.2], [0.1, 0.1, 0.8]])
    sparse = METRICS.parse("sparse_categorical_accuracy")
    assert metric_value(sparse, tied, np.array([0, 2])) == 1.0
    assert metric_value(sparse, tied, np.array([1, 2])) == 0.5
    dense = METRICS.parse("categorical_accuracy")
    assert metric_value(dense, tied, np.eye(3)[[0, 1]]) == 0.5
    assert metric_value(METRICS.parse("mse"), p, bits) == pytest.approx(0.145)
    assert metric_value(METRICS.parse("mae"), p, bits) == pytest.approx(0.35)
