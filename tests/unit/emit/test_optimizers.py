"""Emitted optimizers step as the definitions do, in every backend, in float64.

The hyperparameters are exact in float32: TensorFlow rounds Python's floats to that on
their way into a float64 graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from specgraph.diagnostics import SpecError
from specgraph.reference.training import OptimizerState, step

STEPS = 4
SGD = "learning_rate: 0.125"
ADAM = "learning_rate: 0.0625, beta_1: 0.875, beta_2: 0.96875, epsilon: 0.0009765625"
OPTIMIZERS = [
    f"{{sgd: {{{SGD}}}}}",
    f"{{sgd: {{{SGD}, momentum: 0.75}}}}",
    f"{{sgd: {{{SGD}, momentum: 0.75, nesterov: true}}}}",
    f"{{sgd: {{{SGD}, weight_decay: 0.25, decoupled: true}}}}",
    f"{{sgd: {{{SGD}, weight_decay: 0.25, decoupled: true, exclude: [bias]}}}}",
    f"{{sgd: {{{SGD}, weight_decay: 0.25, decoupled: false, exclude: [embedding]}}}}",
    f"{{adam: {{{ADAM}}}}}",
    f"{{adam: {{{ADAM}, amsgrad: true}}}}",
    f"{{adam: {{{ADAM}, weight_decay: 0.25, decoupled: true}}}}",
    f"{{adam: {{{ADAM}, weight_decay: 0.25, decoupled: false}}}}",
    f"{{adam: {{{ADAM}, weight_decay: 0.25, decoupled: false, exclude: ['*.bias']}}}}",
    f"{{adamw: {{{ADAM}, weight_decay: 0.25, exclude: [bias, embedding]}}}}",
]


def spec(optimizer: str, semantics: str) -> str:
    """Ids repeat, so an embedding's gradient has slices that must be added up."""
    return f"""
specgraph: 1
name: small
semantics: {semantics}
inputs: {{ids: {{shape: [4], dtype: int32, range: [0, 3]}}}}
layers:
  - embedding: {{input_dim: 3, output_dim: 2}}
  - flatten
  - dense: {{units: 5, activation: tanh}}
  - dense: {{units: 1, kernel_regularizer: {{l1_l2: {{l1: 0.0625, l2: 0.125}}}}}}
    name: y
train: {{optimizer: {optimizer}, loss: mse}}
"""


def batch() -> dict[str, Any]:
    """Ten examples."""
    rng = np.random.default_rng(3)
    return {
        "ids": rng.integers(0, 3, size=(10, 4)).astype("int32"),
        "y": rng.normal(size=(10, 1)),
    }


def expected(
    program: Any, start: dict[str, Any], gradients: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """Where the definition leads from the weights by these gradients."""
    of = program.graph.training.optimizer
    spared = frozenset(
        name for name in start for entry in of.exclude if entry.strip("*.") in name
    )
    state, weights = OptimizerState.start(of, start), start
    for found in gradients:
        weights = step(of, weights, found, state, spared)
    return weights


def furthest(found: dict[str, Any], wanted: dict[str, Any]) -> float:
    """The greatest difference between two sets of weights."""
    assert found.keys() == wanted.keys()
    return max(float(np.abs(found[name] - wanted[name]).max()) for name in found)


@pytest.mark.parametrize("semantics", ["keras", "torch"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_torch_steps_as_the_definition(
    emit: Callable[..., Any], optimizer: str, semantics: str
) -> None:
    import torch

    program = emit(spec(optimizer, semantics), "torch")
    torch.manual_seed(0)
    model = program.build().double()
    stepper = program.train.optimizer(model)
    tensors = {name: torch.tensor(array) for name, array in batch().items()}
    named = dict(model.named_parameters())
    start = {name: weight.detach().numpy().copy() for name, weight in named.items()}
    gradients = []
    for _ in range(STEPS):
        stepper.zero_grad()
        program.train.loss(model, tensors).backward()
        gradients.append({n: w.grad.numpy().copy() for n, w in named.items()})
        stepper.step()
    found = {name: weight.detach().numpy() for name, weight in named.items()}
    assert furthest(found, expected(program, start, gradients)) < 1e-14


@pytest.mark.usefixtures("keras_float64")
@pytest.mark.parametrize("graph_mode", [False, True], ids=["eager", "graph"])
@pytest.mark.parametrize("semantics", ["keras", "torch"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_keras_steps_as_the_definition(
    emit: Callable[..., Any], optimizer: str, semantics: str, graph_mode: bool
) -> None:
    import tensorflow as tf

    program = emit(spec(optimizer, semantics), "tensorflow" if graph_mode else "keras")
    tf.random.set_seed(0)
    model = program.build()
    stepper = program.train.optimizer(model)
    weights = model.trainable_variables
    stepper.build(weights)

    def one(tensors: dict[str, Any]) -> Any:
        with tf.GradientTape() as tape:
            total = program.train.loss(model, tensors)
        found = tape.gradient(total, weights)
        stepper.apply(found, weights)
        return [tf.convert_to_tensor(gradient) for gradient in found]

    taken = tf.function(one) if graph_mode else one
    tensors = {name: tf.constant(array) for name, array in batch().items()}
    start = {weight.path: weight.numpy() for weight in weights}
    gradients = []
    for _ in range(STEPS):
        whole = [gradient.numpy() for gradient in taken(tensors)]
        gradients.append(dict(zip(start, whole, strict=True)))
    found = {weight.path: weight.numpy() for weight in weights}
    assert furthest(found, expected(program, start, gradients)) < 1e-14


def recurrent(exclude: str, layer: str) -> str:
    """A model whose weights have roles that only the ends of their names show."""
    adamw = f"{{adamw: {{{ADAM}, weight_decay: 0.25, exclude: {exclude}}}}}"
    return f"""
specgraph: 1
name: small
semantics: torch
inputs: {{x: [time, 3]}}
layers: [{layer}: 4, batch_norm, {{dense: 2, name: y}}]
train: {{optimizer: {adamw}, loss: mse}}
"""


EXCLUDED = [
    ("gru", "[bias]", "gru.bias gru.recurrent_bias y.bias"),
    ("gru", "['gru.*bias', beta]", "gru.bias gru.recurrent_bias batch_norm.beta"),
    ("gru", "[kernel]", "gru.kernel gru.recurrent_kernel y.kernel"),
    ("lstm", "[bias]", "lstm.bias lstm.recurrent_bias y.bias"),
    ("lstm", "[recurrent_bias]", "lstm.recurrent_bias"),
    ("simple_rnn", "['simple_rnn.bias']", "simple_rnn.bias"),
]


@pytest.mark.parametrize(("layer", "exclude", "wanted"), EXCLUDED)
def test_torch_spares_the_excluded_weights_and_no_other(
    emit: Callable[..., Any], layer: str, exclude: str, wanted: str
) -> None:
    import torch

    program = emit(recurrent(exclude, layer), "torch")
    model = program.build()
    stepper = program.train.optimizer(model)
    for weight in model.parameters():
        torch.nn.init.ones_(weight)
        weight.grad = torch.zeros_like(weight)
    stepper.step()
    kept = {name for name, weight in model.named_parameters() if weight.min() == 1}
    assert canonical(program, kept) == set(wanted.split())


@pytest.mark.parametrize("backend", ["keras", "tensorflow"])
@pytest.mark.parametrize(("layer", "exclude", "wanted"), EXCLUDED)
def test_keras_spares_the_excluded_weights_and_no_other(
    emit: Callable[..., Any], layer: str, exclude: str, wanted: str, backend: str
) -> None:
    program = emit(recurrent(exclude, layer), backend)
    model = program.build()
    stepper = program.train.optimizer(model)
    weights = model.trainable_variables
    for weight in weights:
        weight.assign(np.ones(weight.shape))
    stepper.apply([np.zeros(weight.shape, "float32") for weight in weights], weights)
    kept = {weight.path for weight in weights if weight.numpy().min() == 1}
    assert canonical(program, kept) == set(wanted.split())


def canonical(program: Any, keys: set[str]) -> set[str]:
    """The spec's weights that these tensors of a framework hold."""
    slots = program.plan.slots
    return {piece.param for key in keys for piece in slots[key].pieces}


@pytest.mark.parametrize("backend", ["keras", "tensorflow"])
@pytest.mark.parametrize(
    ("exclude", "one", "other"),
    [
        ("[recurrent_bias]", "recurrent_bias", "bias"),
        ("[gru.bias]", "bias", "recurrent_bias"),
    ],
)
def test_a_tensor_whose_halves_decay_unlike_is_refused_where_the_layer_stands(
    emit: Callable[..., Any], exclude: str, one: str, other: str, backend: str
) -> None:
    with pytest.raises(SpecError) as caught:
        emit(recurrent(exclude, "gru"), backend)
    (found,) = caught.value.diagnostics
    assert found.at is not None and found.at.line == 6
    assert f"spares gru.{one} and not gru.{other}" in found.message
    assert f"add gru.{other} to `exclude`" in found.hint


@pytest.mark.parametrize("fused", [False, True])
def test_the_epsilon_hook_leaves_every_adam_kernel_exact(fused: bool) -> None:
    import torch

    from specgraph.training.optimizers import Adam
    from specgraph_torch.emit.optimizers import uncorrected_epsilon

    of = Adam.build({"epsilon": 0.1}, "keras")
    weight = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([weight], lr=of.learning_rate, eps=of.epsilon, fused=fused)
    adam.register_step_pre_hook(uncorrected_epsilon)
    state = OptimizerState.start(of, {"w": np.zeros(2)})
    wanted = {"w": weight.detach().numpy().copy()}
    for number in range(1, STEPS):
        gradient = np.array([0.01, -number])
        weight.grad = torch.tensor(gradient)
        adam.step()
        wanted = step(of, wanted, {"w": gradient}, state)
    assert np.abs(weight.detach().numpy() - wanted["w"]).max() < 1e-15


def test_the_epsilon_hook_goes_on_from_a_saved_state() -> None:
    import torch

    from specgraph_torch.emit.optimizers import uncorrected_epsilon

    def adam(weight: Any) -> Any:
        found = torch.optim.Adam([weight], eps=0.1)
        found.register_step_pre_hook(uncorrected_epsilon)
        return found

    def stepped(stepper: Any, weight: Any, times: int) -> None:
        for _ in range(times):
            weight.grad = torch.full_like(weight, 0.5)
            stepper.step()

    through = torch.zeros(2, requires_grad=True)
    stepped(adam(through), through, 5)
    resumed = torch.zeros(2, requires_grad=True)
    first = adam(resumed)
    stepped(first, resumed, 2)
    second = adam(resumed)
    second.load_state_dict(first.state_dict())
    stepped(second, resumed, 3)
    assert torch.equal(through, resumed)
