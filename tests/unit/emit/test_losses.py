"""Emitted losses and metrics are the definitions, in every backend, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from specgraph.reference.training import loss_value, metric_value

CLASSES = 3
SHAPES = {"rows": (CLASSES,), "positions": (4, CLASSES)}

CATEGORICAL = [
    "{categorical_crossentropy: {from_logits: true}}",
    "{categorical_crossentropy: {from_logits: true, label_smoothing: 0.125}}",
    "{categorical_crossentropy: {from_logits: true, reduction: sum}}",
    "categorical_crossentropy",
    "{categorical_crossentropy: {epsilon: 0.0625, normalize: false}}",
    "{categorical_crossentropy: {epsilon: 0.0, label_smoothing: 0.25}}",
]
SPARSE = [
    "{sparse_categorical_crossentropy: {from_logits: true}}",
    "{sparse_categorical_crossentropy: {from_logits: true, label_smoothing: 0.125}}",
    "{sparse_categorical_crossentropy: {from_logits: true, reduction: sum}}",
    "sparse_categorical_crossentropy",
    "{sparse_categorical_crossentropy: {epsilon: 0.0625, label_smoothing: 0.25}}",
    "{sparse_categorical_crossentropy: {normalize: false, reduction: sum}}",
    "{sparse_categorical_crossentropy: {normalize: false, label_smoothing: 0.25}}",
]
BINARY = [
    "{binary_crossentropy: {from_logits: true}}",
    "{binary_crossentropy: {from_logits: true, label_smoothing: 0.125}}",
    "{binary_crossentropy: {from_logits: true, reduction: sum}}",
    "{binary_crossentropy: {from_logits: true, reduction: sum_elements}}",
    "binary_crossentropy",
    "{binary_crossentropy: {epsilon: 0.0625, label_smoothing: 0.25}}",
    "{binary_crossentropy: {epsilon: 0.0, log_floor: -1.0, reduction: sum}}",
    "{binary_crossentropy: {reduction: sum_elements}}",
]
VALUES = [
    f"{{{name}: {{reduction: {reduction}}}}}"
    for name in ("mse", "mae")
    for reduction in ("mean", "sum", "sum_elements")
]
LOSSES = [*CATEGORICAL, *SPARSE, *BINARY, *VALUES]


def spec(shape: tuple[int, ...], semantics: str, loss: str, metrics: str = "[]") -> str:
    """A model that gives its input in another shape; nothing is looked through.

    To have something to train it adds a weight, which is 0.
    """
    return f"""
specgraph: 1
name: reshaped
semantics: {semantics}
inputs: {{x: {{shape: [1, {math.prod(shape)}], layout: none}}}}
layers:
  - {{reshape: {list(shape)}, name: moved}}
  - {{parameter: {list(shape)}, name: zero}}
  - {{add: , from: [moved, zero], name: y}}
train: {{optimizer: sgd, loss: {loss}, metrics: {metrics}}}
"""


def example(loss: str, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """An output and a target; probabilities sum to no round number."""
    rng = np.random.default_rng(7)
    output = rng.normal(size=(5, *shape))
    if "from_logits" not in loss and "crossentropy" in loss:
        output = rng.uniform(0.03, 0.97, size=(5, *shape))
    if loss in SPARSE:
        return output, rng.integers(0, CLASSES, size=(5, *shape[:-1]))
    if loss in CATEGORICAL:
        ids = rng.integers(0, CLASSES, size=(5, *shape[:-1]))
        return output, np.eye(CLASSES)[ids]
    if loss in BINARY:
        target = rng.integers(0, 2, size=(5, *shape)).astype(float)
        target[0] = 0.25  # neither yes nor no
        return output, target
    return output, rng.normal(size=(5, *shape))


def slope(loss: Any, output: Any, target: Any) -> Any:
    """The gradient with respect to the output, by complex steps."""
    found = np.zeros_like(output)
    for place in np.ndindex(output.shape):
        moved = output.astype(complex)
        moved[place] += 1e-30j
        found[place] = loss_value(loss, moved, target).imag / 1e-30
    return found


@pytest.mark.parametrize("semantics", ["keras", "torch"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_torch_loss_and_its_gradient_are_those_of_the_definition(
    emit: Callable[..., Any], loss: str, shape: str, semantics: str
) -> None:
    import torch

    program = emit(spec(SHAPES[shape], semantics, loss), "torch")
    output, target = example(loss, SHAPES[shape])
    x = torch.tensor(output.reshape(5, 1, -1), requires_grad=True)
    found = program.train.loss(program.build(), {"x": x, "y": torch.tensor(target)})
    found.backward()
    of = program.graph.training.losses["y"]
    assert found.item() == pytest.approx(loss_value(of, output, target), rel=1e-12)
    assert x.grad is not None
    assert (
        np.abs(x.grad.numpy().reshape(output.shape) - slope(of, output, target)).max()
        < 1e-12
    )


@pytest.mark.usefixtures("keras_float64")
@pytest.mark.parametrize("semantics", ["keras", "torch"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("backend", ["keras", "tensorflow"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_keras_loss_and_its_gradient_are_those_of_the_definition(
    emit: Callable[..., Any], loss: str, backend: str, shape: str, semantics: str
) -> None:
    import tensorflow as tf

    program = emit(spec(SHAPES[shape], semantics, loss), backend)
    output, target = example(loss, SHAPES[shape])
    x = tf.constant(output.reshape(5, 1, -1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = program.train.loss(program.build(), {"x": x, "y": tf.constant(target)})
    of = program.graph.training.losses["y"]
    wanted = pytest.approx(loss_value(of, output, target), rel=1e-9)
    assert float(found) == wanted
    gradient = tape.gradient(found, x).numpy().reshape(output.shape)
    assert np.abs(gradient - slope(of, output, target)).max() < 1e-9


@pytest.mark.usefixtures("keras_float64")
@pytest.mark.parametrize("graph_mode", [False, True], ids=["eager", "graph"])
@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        ("softmax: 1", "categorical_crossentropy"),
        ("softmax: {axis: [1, 2]}", "sparse_categorical_crossentropy"),
        ("softmax and dropout: 0", "categorical_crossentropy"),
        ("softmax and dropout: 0", CATEGORICAL[0]),
        ("sigmoid and dropout: 0", "binary_crossentropy"),
        ("sigmoid and dropout: 0", BINARY[3]),
    ],
)
def test_a_keras_loss_is_of_the_output_where_keras_remembers_its_logits(
    emit: Callable[..., Any], layers: str, loss: str, graph_mode: bool
) -> None:
    import tensorflow as tf

    shape = SHAPES["positions"]
    added = "".join(f"\n  - {layer}" for layer in layers.split(" and "))
    text = spec(shape, "keras", loss).replace("name: y}", "name: z}" + added)
    last = "dropout" if "dropout" in layers else "softmax"
    text += f"outputs: {{y: {last}}}\n"
    program = emit(text, "tensorflow" if graph_mode else "keras")
    x = np.random.default_rng(3).normal(size=(5, 1, math.prod(shape)))
    _, target = example(loss, shape)
    model = program.build()
    batch = {"x": tf.constant(x), "y": tf.constant(target)}
    taken = tf.function(program.train.loss) if graph_mode else program.train.loss
    of = program.graph.training.losses["y"]
    output = model(batch["x"]).numpy()
    wanted = loss_value(of, output, target)
    assert float(taken(model, batch)) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("floor", [-1.0, -100.0])
def test_a_floored_logarithm_has_gradient_zero_where_the_probability_is_zero(
    emit: Callable[..., Any], floor: float
) -> None:
    import torch

    loss = f"{{binary_crossentropy: {{epsilon: 0.0, log_floor: {floor}}}}}"
    program = emit(spec((1,), "torch", loss), "torch")
    x = torch.zeros(1, 1, 1, dtype=torch.float64, requires_grad=True)
    batch = {"x": x, "y": torch.ones(1, 1, dtype=torch.float64)}
    found = program.train.loss(program.build(), batch)
    found.backward()
    assert found.item() == -floor
    assert x.grad is not None
    assert x.grad.item() == 0


METRICS = {
    "{categorical_crossentropy: {from_logits: true}}": "[accuracy, mse]",
    "{sparse_categorical_crossentropy: {from_logits: true}}": "[accuracy]",
    "{binary_crossentropy: {from_logits: true}}": "[accuracy, mae]",
    "binary_crossentropy": "[accuracy, {binary_accuracy: 0.25}]",
    "{mse: {reduction: mean}}": "[mse, mae]",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("loss", METRICS)
def test_measured_metrics_are_those_of_the_definition(
    emit: Callable[..., Any], loss: str, backend: str, shape: str
) -> None:
    text = spec(SHAPES[shape], "keras", loss, METRICS[loss])
    program = emit(text, backend)
    output, target = (
        array.astype(_kept(array)) for array in example(loss, SHAPES[shape])
    )
    batch = {"x": output.reshape(5, 1, -1), "y": target}
    extra: tuple[bool, ...] = (False,)
    if backend == "torch":
        import torch

        batch, extra = {k: torch.tensor(v) for k, v in batch.items()}, ()
    found = program.train.measures(program.build(), batch, *extra)
    wanted = [
        metric_value(metric, output, target)
        for metric in program.graph.training.metrics["y"]
    ]
    names = [name for name in found if name != "loss"]
    assert [float(found[name]) for name in names] == pytest.approx(wanted, abs=1e-6)


def _kept(array: Any) -> str:
    return "float32" if array.dtype.kind == "f" else "int64"
