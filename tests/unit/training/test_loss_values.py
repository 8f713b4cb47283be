"""Losses in NumPy against torch in float64: values, and complex-step gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from specgraph.reference.base import Array
from specgraph.reference.training import loss_value, regularization
from specgraph.training.losses import LOSSES, CrossEntropy
from specgraph.training.regularizers import REGULARIZERS

torch = pytest.importorskip("torch")
F = torch.nn.functional

B, T, K = 3, 5, 4
RNG = np.random.default_rng(11)
LOGITS = RNG.normal(0, 3, (B, T, K))
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)
UNNORMALIZED = RNG.uniform(0.05, 0.9, (B, T, K))
SATURATED = np.array([[1.0, 0.0, 0.0], [1e-9, 1 - 1e-9, 0.0], [0.3, 0.3, 0.4]])
IDS = RNG.integers(0, K, (B, T))
ONE_HOT = np.eye(K)[IDS]
SOFT = RNG.dirichlet(np.ones(K), (B, T))
BITS = RNG.integers(0, 2, (B, K)).astype(float)
REALS = RNG.normal(0, 2, (B, K))


def gradient(value: Callable[[Array], Array], at: Array) -> Array:
    """Derivatives of a scalar by complex steps, one element at a time."""
    found = np.zeros(at.shape)
    for index in np.ndindex(at.shape):
        moved = at.astype(complex)
        moved[index] += 1e-30j
        found[index] = value(moved).imag / 1e-30
    return found


def nll(p: Any, y: Any, **options: Any) -> Any:
    return F.nll_loss(p.log().movedim(-1, 1), y, **options)


def cross_entropy(z: Any, y: Any, **options: Any) -> Any:
    soft = y.dtype.is_floating_point
    target = y.movedim(-1, 1) if soft else y
    return F.cross_entropy(z.movedim(-1, 1), target, **options)


SCCE, CCE = "sparse_categorical_crossentropy", "categorical_crossentropy"
BCE, LOGIT = "binary_crossentropy", {"from_logits": True}
CASES: dict[str, tuple[Any, Array, Array, Any]] = {
    "sparse logits": ({SCCE: LOGIT}, LOGITS, IDS, cross_entropy),
    "sparse logits, sum": (
        {SCCE: {**LOGIT, "reduction": "sum"}},
        LOGITS,
        IDS,
        lambda z, y: cross_entropy(z, y, reduction="sum"),
    ),
    "sparse logits, smoothed": (
        {SCCE: {**LOGIT, "label_smoothing": 0.1}},
        LOGITS,
        IDS,
        lambda z, y: cross_entropy(z, y, label_smoothing=0.1),
    ),
    "sparse probabilities": (SCCE, PROBABILITIES, IDS, nll),
    "sparse unnormalized": (SCCE, UNNORMALIZED, IDS, nll),
    "one-hot logits": ({CCE: LOGIT}, LOGITS, ONE_HOT, cross_entropy),
    "soft logits, smoothed": (
        {CCE: {**LOGIT, "label_smoothing": 0.2}},
        LOGITS,
        SOFT,
        lambda z, y: cross_entropy(z, y, label_smoothing=0.2),
    ),
    "soft probabilities": (
        CCE,
        UNNORMALIZED,
        SOFT,
        lambda p, y: -(y * p.log()).sum(-1).mean(),
    ),
    "soft probabilities, clipped": (
        {CCE: {"epsilon": 0.1}},
        UNNORMALIZED,
        SOFT,
        lambda p, y: -(y * p.clamp(0.1, 0.9).log()).sum(-1).mean(),
    ),
    "binary logits": (
        {BCE: LOGIT},
        REALS,
        BITS,
        F.binary_cross_entropy_with_logits,
    ),
    "binary huge logits": (
        {BCE: LOGIT},
        REALS * 1e3,
        BITS,
        F.binary_cross_entropy_with_logits,
    ),
    "binary probabilities": (
        BCE,
        1 / (1 + np.exp(-REALS)),
        BITS,
        F.binary_cross_entropy,
    ),
    "binary, every element": (
        {BCE: {"reduction": "sum_elements"}},
        1 / (1 + np.exp(-REALS)),
        BITS,
        lambda p, y: F.binary_cross_entropy(p, y, reduction="sum"),
    ),
    "mse": ("mse", REALS, BITS, F.mse_loss),
    "mse, every element": (
        {"mse": {"reduction": "sum_elements"}},
        REALS,
        BITS,
        lambda p, y: F.mse_loss(p, y, reduction="sum"),
    ),
    "mse, examples": (
        {"mse": {"reduction": "sum"}},
        REALS,
        BITS,
        lambda p, y: F.mse_loss(p, y, reduction="none").mean(-1).sum(),
    ),
    "mae": ("mae", REALS, BITS, F.l1_loss),
    "mae at a tie": ("mae", np.where(REALS > 0, BITS, REALS), BITS, F.l1_loss),
}


@pytest.mark.parametrize("case", CASES)
def test_losses_are_those_of_torch(case: str) -> None:
    call, output, target, of_torch = CASES[case]
    loss = LOSSES.parse(call, "torch")
    at = torch.tensor(output, requires_grad=True)
    expected = of_torch(at, torch.tensor(target))
    expected.backward()
    assert loss_value(loss, output, target) == pytest.approx(expected.item(), rel=1e-13)
    found = gradient(lambda x: loss_value(loss, x, target), output)
    np.testing.assert_allclose(found, at.grad, rtol=1e-12, atol=1e-14)


def test_torch_bounds_the_logarithms_of_a_binary_loss() -> None:
    p, y = np.array([[0.0], [1.0], [1e-30]]), np.array([[1.0], [0.0], [1.0]])
    expected = F.binary_cross_entropy(torch.tensor(p), torch.tensor(y)).item()
    loss = LOSSES.parse(BCE, "torch")
    assert loss_value(loss, p, y) == pytest.approx(expected, rel=1e-14)


def test_a_certain_mistake_costs_infinity_under_torch_and_16_under_keras() -> None:
    target = np.array([1, 0, 2])
    assert loss_value(LOSSES.parse(SCCE, "torch"), SATURATED, target) == np.inf
    capped = loss_value(LOSSES.parse(SCCE, "keras"), SATURATED[:1], target[:1])
    assert capped == pytest.approx(-np.log(1e-7 / (1 + 1e-7)), rel=1e-12)


def test_keras_normalizes_before_it_clips_one_hot_and_after_for_class_ids() -> None:
    p, ids = np.array([[3.0, 1e-8, 1.0]]), np.array([1])
    dense = loss_value(LOSSES.parse(CCE), p, np.eye(3)[ids])
    sparse = loss_value(LOSSES.parse(SCCE), p, ids)
    clipped = np.array([1 - 1e-7, 1e-7, 1 - 1e-7])
    assert dense == pytest.approx(-np.log(1e-7), rel=1e-12)
    assert sparse == pytest.approx(-np.log(1e-7 / clipped.sum()), rel=1e-12)


def test_a_clipped_probability_has_no_gradient() -> None:
    loss = LOSSES.parse(BCE)
    p, y = np.array([[0.0], [0.5]]), np.array([[1.0], [1.0]])
    np.testing.assert_allclose(
        gradient(lambda x: loss_value(loss, x, y), p), [[0.0], [-1.0]]
    )


def test_logits_give_the_loss_of_the_probabilities() -> None:
    for name, output, target, p in [
        (CCE, LOGITS, ONE_HOT, PROBABILITIES),
        (SCCE, LOGITS, IDS, PROBABILITIES),
        (BCE, REALS, BITS, 1 / (1 + np.exp(-REALS))),
    ]:
        loss = LOSSES.parse(name)
        assert isinstance(loss, CrossEntropy)
        seen = loss_value(loss.on_logits(), output, target)
        assert seen == pytest.approx(loss_value(loss, p, target), rel=1e-9)


def test_losses_keep_float32() -> None:
    for name in (CCE, BCE, "mse", "mae"):
        p = PROBABILITIES.astype(np.float32)
        value = loss_value(LOSSES.parse(name), p, ONE_HOT.astype(np.float32))
        assert value.dtype == np.float32, name


def test_penalties_are_sums_without_a_half() -> None:
    weight = np.array([[1.0, -2.0], [0.0, 3.0]])
    call = REGULARIZERS.parse
    assert regularization([]) == 0
    assert regularization([(call({"l1": 0.1}), weight)]) == pytest.approx(0.6)
    assert regularization([(call({"l2": 0.1}), weight)]) == pytest.approx(1.4)
    both = [(call({"l1_l2": {"l1": 0.1, "l2": 0.1}}), weight)] * 2
    assert regularization(both) == pytest.approx(4.0)
    found = gradient(lambda x: regularization([(both[0][0], x)]), weight)
    np.testing.assert_allclose(found, [[0.3, -0.5], [0.0, 0.7]], rtol=1e-14)
