"""Optimizer steps in NumPy against torch in float64: weights and every slot."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from specgraph.reference.base import Array
from specgraph.reference.training import OptimizerState, step
from specgraph.training.optimizers import OPTIMIZERS

torch = pytest.importorskip("torch")

SLOTS = {
    "velocity": "momentum_buffer",
    "m": "exp_avg",
    "v": "exp_avg_sq",
    "vhat": "max_exp_avg_sq",
}
CASES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "sgd": ("sgd", torch.optim.SGD, {}),
    "sgd, momentum": (
        {"sgd": {"learning_rate": 0.1, "momentum": 0.9}},
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.9},
    ),
    "sgd, nesterov and decay": (
        {"sgd": {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}},
        torch.optim.SGD,
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
    ),
    "adam": ("adam", torch.optim.Adam, {}),
    "adam, amsgrad and decay": (
        {"adam": {"learning_rate": 0.01, "amsgrad": True, "weight_decay": 0.1}},
        torch.optim.Adam,
        {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1},
    ),
    "adam, betas": (
        {"adam": {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}},
        torch.optim.Adam,
        {"betas": (0.5, 0.8), "eps": 1e-3},
    ),
    "adamw": ("adamw", torch.optim.AdamW, {}),
    "adamw, decay": (
        {"adamw": {"learning_rate": 0.1, "weight_decay": 0.5}},
        torch.optim.AdamW,
        {"lr": 0.1, "weight_decay": 0.5},
    ),
}


def problem(scale: float, steps: int = 10) -> tuple[Array, list[Array]]:
    """A weight and ten gradients of one size, some of them 0."""
    rng = np.random.default_rng(5)
    grads = [scale * rng.normal(size=(3, 4)) for _ in range(steps)]
    grads[2][0] = 0.0
    return rng.normal(size=(3, 4)), grads


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 1.0, 1e6])
@pytest.mark.parametrize("case", CASES)
def test_steps_and_slots_are_those_of_torch(case: str, scale: float) -> None:
    call, of_torch, options = CASES[case]
    optimizer = OPTIMIZERS.parse(call, "torch")
    weight, grads = problem(scale)
    parameter = torch.nn.Parameter(torch.tensor(weight))
    other = of_torch([parameter], **options)
    params = {"w": weight}
    state = OptimizerState.start(optimizer, params)
    for grad in grads:
        parameter.grad = torch.tensor(grad)
        other.step()
        params = step(optimizer, params, {"w": grad}, state)
        np.testing.assert_allclose(params["w"], parameter.detach(), rtol=1e-13)
    assert state.step == len(grads)
    for slot in optimizer.slots:
        expected = other.state[parameter][SLOTS[slot]]
        found = state.slots[slot]["w"]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize(
    ("name", "of_torch"),
    [
        ("sgd", torch.optim.SGD),
        ("adam", torch.optim.Adam),
        ("adamw", torch.optim.AdamW),
    ],
)
def test_defaults_are_those_of_torch(name: str, of_torch: Any) -> None:
    signature = inspect.signature(of_torch)
    theirs = {key: value.default for key, value in signature.parameters.items()}
    ours = OPTIMIZERS.parse(name, "torch").attributes()
    names = {"lr": "learning_rate", "eps": "epsilon"}
    names |= {key: key for key in ("momentum", "nesterov", "amsgrad", "weight_decay")}
    for key in names.keys() & theirs.keys():
        assert ours[names[key]] == theirs[key], key
    if "betas" in theirs:
        assert (ours["beta_1"], ours["beta_2"]) == theirs["betas"]


def test_a_scaled_velocity_walks_as_a_plain_one_while_the_rate_is_constant() -> None:
    weight, grads = problem(1.0)
    ends = []
    for velocity in ("scaled", "plain"):
        call = {"sgd": {"momentum": 0.9, "nesterov": True, "velocity": velocity}}
        optimizer = OPTIMIZERS.parse(call)
        params = {"w": weight}
        state = OptimizerState.start(optimizer, params)
        for grad in grads:
            params = step(optimizer, params, {"w": grad}, state)
        ends.append((params["w"], state.slots["velocity"]["w"]))
    np.testing.assert_allclose(ends[0][0], ends[1][0], rtol=1e-13)
    np.testing.assert_allclose(ends[0][1], -0.01 * ends[1][1], rtol=1e-12)


def test_epsilon_placement_matters_for_tiny_gradients() -> None:
    weight, grads = problem(1e-6)
    ends = []
    for placement in ("uncorrected", "corrected"):
        call = {"adam": {"epsilon": 1e-7, "epsilon_placement": placement}}
        optimizer = OPTIMIZERS.parse(call)
        state = OptimizerState.start(optimizer, {"w": weight})
        ends.append(step(optimizer, {"w": weight}, {"w": grads[0]}, state)["w"])
    assert np.abs(ends[0] - ends[1]).max() > 1e-4


def test_spared_weights_do_not_decay_and_those_without_gradient_stay() -> None:
    optimizer = OPTIMIZERS.parse({"sgd": {"learning_rate": 0.5, "weight_decay": 0.5}})
    params = {name: np.ones(2) for name in ("kernel", "bias", "frozen")}
    grads = {name: np.zeros(2) for name in ("kernel", "bias")}
    state = OptimizerState.start(optimizer, params)
    after = step(optimizer, params, grads, state, spared=frozenset({"bias"}))
    assert after["kernel"].tolist() == [0.75, 0.75]
    assert after["bias"].tolist() == [1.0, 1.0]
    assert after["frozen"].tolist() == [1.0, 1.0]
    assert params["kernel"].tolist() == [1.0, 1.0]
