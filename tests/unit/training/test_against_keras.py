"""Losses, optimizers, metrics and defaults against Keras on TensorFlow, in float64.

Keras rounds the Python numbers of an optimizer through float32; the ones used here are
sums of few powers of two, which survive that.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from specgraph.reference.training import (
    OptimizerState,
    initialize,
    loss_value,
    metric_value,
    step,
)
from specgraph.training.initializers import INITIALIZERS, FanScaled, fans
from specgraph.training.losses import LOSSES
from specgraph.training.metrics import METRICS
from specgraph.training.optimizers import OPTIMIZERS

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

RNG = np.random.default_rng(3)
B, T, K = 4, 3, 5
LOGITS = RNG.normal(0, 3, (B, T, K))
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)
UNNORMALIZED = RNG.uniform(0.05, 0.9, (B, T, K))
SATURATED = RNG.choice([0.0, 1e-9, 0.3, 1.0, 3.0], (B, T, K)) + 1e-12
IDS = RNG.integers(0, K, (B, T))
ONE_HOT = np.eye(K)[IDS]
BITS = RNG.integers(0, 2, (B, K)).astype(float)
REALS = RNG.normal(0, 2, (B, K))
UNIT = np.clip(RNG.uniform(-0.1, 1.1, (B, K)), 0, 1)

SCCE, CCE = "sparse_categorical_crossentropy", "categorical_crossentropy"
BCE, MSE, MAE = "binary_crossentropy", "mean_squared_error", "mean_absolute_error"
CLASSES = {
    SCCE: "SparseCategoricalCrossentropy",
    CCE: "CategoricalCrossentropy",
    BCE: "BinaryCrossentropy",
    MSE: "MeanSquaredError",
    MAE: "MeanAbsoluteError",
}


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    """Keras computes in float64 while a test runs."""
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)


LOSS_CASES: list[tuple[str, dict[str, Any], Any, Any]] = [
    (SCCE, {"from_logits": True}, LOGITS, IDS),
    (SCCE, {}, PROBABILITIES, IDS),
    (SCCE, {}, UNNORMALIZED, IDS),
    (SCCE, {}, SATURATED, IDS),
    (CCE, {"from_logits": True, "label_smoothing": 0.125}, LOGITS, ONE_HOT),
    (CCE, {"reduction": "sum"}, PROBABILITIES, ONE_HOT),
    (CCE, {}, UNNORMALIZED, ONE_HOT),
    (CCE, {"label_smoothing": 0.125}, SATURATED, ONE_HOT),
    (BCE, {"from_logits": True, "label_smoothing": 0.25}, REALS, BITS),
    (BCE, {}, UNIT, BITS),
    (BCE, {"label_smoothing": 0.25, "reduction": "sum"}, UNIT, BITS),
    (MSE, {}, REALS, BITS),
    (MSE, {"reduction": "sum"}, REALS, BITS),
    (MAE, {"reduction": "sum_over_batch_size"}, REALS, BITS),
    (MAE, {"reduction": "sum"}, np.where(REALS > 0, BITS, REALS), BITS),
]


@pytest.mark.parametrize("case", range(len(LOSS_CASES)))
def test_losses_are_those_of_keras(case: int) -> None:
    name, attributes, output, target = LOSS_CASES[case]
    of_keras = getattr(keras.losses, CLASSES[name])(**attributes)
    with tf.GradientTape() as tape:
        at = tf.constant(output)
        tape.watch(at)
        expected = of_keras(tf.constant(target), at)
    loss = LOSSES.parse({name: attributes})
    value = loss_value(loss, output, target)
    assert value == pytest.approx(float(expected), rel=1e-12)
    direction = RNG.normal(size=output.shape)
    found = loss_value(loss, output + 1e-30j * direction, target).imag / 1e-30
    slope = float(tf.reduce_sum(tape.gradient(expected, at) * direction))
    assert found == pytest.approx(slope, rel=1e-11, abs=1e-12)


EXACT = {"learning_rate": 2.0**-7}
BETAS = {**EXACT, "beta_1": 0.875, "beta_2": 1 - 2.0**-10, "epsilon": 2.0**-23}
STEP_CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("sgd", "SGD", EXACT),
    ("sgd", "SGD", {**EXACT, "momentum": 0.875}),
    ("sgd", "SGD", {**EXACT, "momentum": 0.75, "nesterov": True}),
    ("sgd", "SGD", {**EXACT, "momentum": 0.75, "weight_decay": 0.125}),
    ("adam", "Adam", BETAS),
    ("adam", "Adam", {**BETAS, "amsgrad": True, "weight_decay": 0.125}),
    ("adamw", "AdamW", {**BETAS, "weight_decay": 0.25}),
]
SLOTS = {
    "velocity": "momentum",
    "m": "momentum",
    "v": "velocity",
    "vhat": "velocity_hat",
}


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 1.0, 1e6])
@pytest.mark.parametrize("case", range(len(STEP_CASES)))
def test_steps_and_slots_are_those_of_keras(case: int, scale: float) -> None:
    name, keras_name, attributes = STEP_CASES[case]
    optimizer = OPTIMIZERS.parse({name: attributes})
    params = {"w": RNG.normal(size=(3, 4))}
    grads = [scale * RNG.normal(size=(3, 4)) for _ in range(10)]
    grads[2][0] = 0.0
    variable = keras.Variable(params["w"], dtype="float64", name="w")
    other = getattr(keras.optimizers, keras_name)(**attributes)
    state = OptimizerState.start(optimizer, params)
    for grad in grads:
        other.apply([tf.constant(grad)], [variable])
        params = step(optimizer, params, {"w": grad}, state)
        np.testing.assert_allclose(params["w"], variable.numpy(), rtol=1e-12)
    kept = {v.name.removeprefix("w_"): v.numpy() for v in other.variables}
    for slot in optimizer.slots:
        np.testing.assert_allclose(
            state.slots[slot]["w"], kept[SLOTS[slot]], rtol=1e-11, atol=1e-300
        )


def test_a_spared_weight_is_excluded_as_in_keras() -> None:
    attributes = {**BETAS, "weight_decay": 0.25}
    variables = [keras.Variable(np.ones(2), name=name) for name in ("bias", "kernel")]
    other = keras.optimizers.AdamW(**attributes)
    other.exclude_from_weight_decay(var_names=["bias"])
    other.apply([tf.constant([1.0, 2.0], "float64")] * 2, variables)
    optimizer = OPTIMIZERS.parse({"adamw": attributes})
    params = {"bias": np.ones(2), "kernel": np.ones(2)}
    state = OptimizerState.start(optimizer, params)
    grads = dict.fromkeys(params, np.array([1.0, 2.0]))
    after = step(optimizer, params, grads, state, spared=frozenset({"bias"}))
    for variable in variables:
        np.testing.assert_allclose(after[variable.name], variable.numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "keras_name", "output", "target"),
    [
        ("binary_accuracy", "BinaryAccuracy", UNIT.round(1), BITS),
        ("binary_accuracy", "BinaryAccuracy", UNIT.round(1), BITS.clip(0.25, 1)),
        ("categorical_accuracy", "CategoricalAccuracy", PROBABILITIES, ONE_HOT),
        ("sparse_categorical_accuracy", None, PROBABILITIES.round(1), IDS),
        ("mse", "MeanSquaredError", REALS, BITS),
        ("mae", "MeanAbsoluteError", REALS, BITS),
    ],
)
def test_metrics_are_those_of_keras(
    name: str, keras_name: str | None, output: Any, target: Any
) -> None:
    loss = LOSSES.parse(SCCE if name.startswith("sparse") else MSE)
    metric = METRICS.parse(name).resolve(loss)
    other = getattr(keras.metrics, keras_name or "SparseCategoricalAccuracy")()
    other.update_state(target, output)
    # Part of a Keras metric's state is float32.
    found = metric_value(metric, output, target)
    assert found == pytest.approx(float(other.result()), rel=1e-6)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_defaults_are_those_of_keras(name: str) -> None:
    ours: dict[str, Any] = OPTIMIZERS.parse(name.lower()).attributes()
    signature = inspect.signature(getattr(keras.optimizers, name))
    theirs = {key: value.default for key, value in signature.parameters.items()}
    for key in ours.keys() & theirs.keys():
        assert ours[key] == (theirs[key] or 0.0), key
    assert {"learning_rate", "weight_decay"} <= ours.keys() & theirs.keys()


@pytest.mark.parametrize(
    "name",
    ["random_normal", "random_uniform", "truncated_normal", "variance_scaling"],
)
def test_initializer_defaults_are_those_of_keras(name: str) -> None:
    ours = INITIALIZERS.parse(name).attributes()
    config = keras.initializers.get(name).get_config()
    assert ours == {key: config[key] for key in ours}


SCALED = [cls.label for cls in INITIALIZERS if issubclass(cls, FanScaled)]


@pytest.mark.parametrize("shape", [(7,), (5, 3), (3, 2, 7, 5), (2, 3, 4, 5, 6)])
@pytest.mark.parametrize("name", SCALED)
def test_named_initializers_scale_as_in_keras(
    name: str, shape: tuple[int, ...]
) -> None:
    initializer = INITIALIZERS.parse(name)
    assert isinstance(initializer, FanScaled)
    scaling = initializer.scaling()
    other = keras.initializers.get(name)
    assert (scaling.scale, scaling.mode, scaling.distribution) == (
        other.scale,
        other.mode,
        other.distribution,
    )
    module = inspect.getmodule(type(other))
    assert module is not None
    assert fans(shape) == module.compute_fans(shape)


@pytest.mark.parametrize(
    "call",
    [
        "glorot_uniform",
        "glorot_normal",
        "he_uniform",
        "he_normal",
        "lecun_uniform",
        "lecun_normal",
        "random_normal",
        "random_uniform",
        "truncated_normal",
    ],
)
def test_draws_have_the_quantiles_of_keras(call: str) -> None:
    shape = (3, 40, 200)
    ours = initialize(INITIALIZERS.parse(call), shape, np.random.default_rng(1))
    keras.utils.set_random_seed(1)
    theirs = keras.ops.convert_to_numpy(keras.initializers.get(call)(shape))
    at = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]
    np.testing.assert_allclose(
        np.quantile(ours, at), np.quantile(theirs, at), atol=0.1 * theirs.std()
    )
