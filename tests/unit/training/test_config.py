from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from specgraph.definition import CallError, Problem, Semantics
from specgraph.reference.training import total_loss
from specgraph.training import Training, parse_training
from specgraph.training.losses import LOSSES
from specgraph.training.metrics import METRICS
from specgraph.training.optimizers import OPTIMIZERS
from specgraph.training.regularizers import L2

CLASSIFIER = {
    "optimizer": "adam",
    "loss": "categorical_crossentropy",
    "metrics": ("accuracy",),
}
GAME = {
    "optimizer": {"adamw": {"learning_rate": 3e-4, "exclude": ("bias", "layer_norm")}},
    "loss": {"value": "mse", "policy": {"categorical_crossentropy": None}},
    "loss_weights": {"value": 2},
    "metrics": {"policy": ("accuracy",)},
    "batch_size": 256,
    "epochs": 10,
}


def problems(data: Any, *outputs: str) -> list[Problem]:
    with pytest.raises(CallError) as caught:
        parse_training(data, outputs or ("dense",))
    return list(caught.value.problems)


def test_what_is_left_out_has_defaults() -> None:
    assert parse_training(CLASSIFIER, ("probabilities",)) == Training(
        optimizer=OPTIMIZERS.parse("adam"),
        losses={"probabilities": LOSSES.parse("categorical_crossentropy")},
        loss_weights={"probabilities": 1.0},
        metrics={"probabilities": (METRICS.parse("categorical_accuracy"),)},
        batch_size=32,
        epochs=1,
    )


def test_several_outputs_have_a_loss_each_in_their_order() -> None:
    training = parse_training(GAME, ("policy", "value"))
    assert list(training.losses) == ["policy", "value"]
    assert training.losses["value"] == LOSSES.parse("mse")
    assert training.loss_weights == {"policy": 1.0, "value": 2.0}
    assert training.metrics == {
        "policy": (METRICS.parse("categorical_accuracy"),),
        "value": (),
    }
    assert (training.batch_size, training.epochs) == (256, 10)


@pytest.mark.parametrize("semantics", ["keras", "torch"])
@pytest.mark.parametrize(
    ("data", "outputs"), [(CLASSIFIER, ("dense",)), (GAME, ("policy", "value"))]
)
def test_the_resolved_section_means_the_same_under_any_semantics(
    data: Any, outputs: tuple[str, ...], semantics: Semantics
) -> None:
    training = parse_training(data, outputs, semantics)
    for other in ("keras", "torch"):
        again = parse_training(training.resolved(), outputs, other)
        assert again == training
        assert again.resolved() == training.resolved()


def test_a_single_output_may_be_named() -> None:
    plain = {"optimizer": "sgd", "loss": "mse", "metrics": "mae", "loss_weights": 2}
    named = {
        "optimizer": "sgd",
        "loss": {"score": "mse"},
        "metrics": {"score": ("mae",)},
        "loss_weights": {"score": 2},
    }
    assert parse_training(plain, ("score",)) == parse_training(named, ("score",))


def test_a_single_output_named_as_a_loss_is_no_obstacle() -> None:
    data = {"optimizer": "sgd", "loss": {"mse": {"reduction": "sum"}}}
    training = parse_training(data, ("mse",))
    assert training.losses["mse"].attributes() == {"reduction": "sum"}
    assert parse_training(training.resolved(), ("mse",)) == training


def test_all_problems_are_told_with_their_paths() -> None:
    data = {
        "optimizer": {"adam": {"lr": 1, "beta_1": 2}},
        "loss": {"mse": {"reduction": "max"}},
        "metrics": ("mae", "acuracy"),
        "epoch": 3,
        "batch_size": 0,
        "epochs": 1.5,
    }
    assert [(p.code, p.path) for p in problems(data)] == [
        ("unknown-key", ("epoch",)),
        ("bad-value", ("optimizer", "adam", "beta_1")),
        ("unknown-attribute", ("optimizer", "adam", "lr")),
        ("wrong-type", ("loss", "mse", "reduction")),
        ("unknown-metric", ("metrics", 1)),
        ("bad-value", ("batch_size",)),
        ("wrong-type", ("epochs",)),
    ]


@pytest.mark.parametrize(
    ("change", "code", "path", "message"),
    [
        ({"optimizer": None}, "missing-key", (), "train needs 'optimizer'"),
        ({"loss": None}, "missing-key", (), "train needs 'loss'"),
        (
            {"clip": {"global_norm": 1.0}},
            "unsupported",
            ("clip",),
            "train: clip is not supported by this version",
        ),
        (
            {"loss": "mse"},
            "wrong-type",
            ("loss",),
            "loss must be a mapping by output, got 'mse'",
        ),
        (
            {"loss": {"policy": "mse"}, "metrics": None},
            "missing-key",
            ("loss",),
            "loss: nothing is said of output value",
        ),
        (
            {"metrics": {"polici": ("mae",)}},
            "unknown-output",
            ("metrics", "polici"),
            "metrics: there is no output 'polici'",
        ),
        (
            {"metrics": ("mae",)},
            "wrong-type",
            ("metrics",),
            "metrics must be a mapping by output, got ['mae']",
        ),
        (
            {"metrics": {"value": ("mae", "accuracy")}},
            "bad-value",
            ("metrics", "value", 1),
            "accuracy goes with a cross-entropy, not with mean_squared_error",
        ),
        (
            {"loss_weights": {"value": "much"}},
            "wrong-type",
            ("loss_weights", "value"),
            "a loss weight must be a number, got 'much'",
        ),
        (
            {"loss_weights": {"value": float("inf")}},
            "bad-value",
            ("loss_weights", "value"),
            "a loss weight must be finite, got inf",
        ),
    ],
)
def test_a_problem_says_what_is_wrong(
    change: dict[str, object], code: str, path: object, message: str
) -> None:
    (problem,) = problems({**GAME, **change}, "policy", "value")
    assert (problem.code, problem.path, problem.message) == (code, path, message)


def test_an_output_among_several_may_not_bear_the_name_of_a_loss() -> None:
    data = {**GAME, "loss": {"mse": "mse", "value": "mse"}, "metrics": None}
    messages = [p.message for p in problems(data, "mse", "value")]
    assert messages == ["an output may not bear a loss's name: mse"]


def test_the_loss_of_a_step_is_weighted_and_has_the_penalties() -> None:
    data = {
        "optimizer": "sgd",
        "loss": {"a": "mse", "b": "mae"},
        "loss_weights": {"a": 0.5, "b": 3},
    }
    training = parse_training(data, ("a", "b"))
    outputs = {"a": np.array([[1.0], [3.0]]), "b": np.array([[1.0], [3.0]])}
    targets = {"a": np.zeros((2, 1)), "b": np.zeros((2, 1))}
    penalized = [(L2(l2=0.5), np.array([2.0]))]
    assert total_loss(training, outputs, targets, penalized) == 0.5 * 5 + 3 * 2 + 2


def test_the_one_output_may_be_named_like_its_loss_or_metric() -> None:
    for loss in ("mse", {"mse": {"reduction": "sum"}}):
        training = parse_training(
            {"loss": {"mse": loss}, "optimizer": "sgd", "metrics": {"mse": ["mae"]}},
            ("mse",),
        )
        assert training.losses["mse"].label == "mean_squared_error"
    attributes = {"mse": {"reduction": "sum"}}
    plain = parse_training({"loss": attributes, "optimizer": "sgd"}, ("mse",))
    assert plain.losses["mse"].attributes()["reduction"] == "sum"
