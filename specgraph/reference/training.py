"""What losses, optimizers, metrics and initializers do, in NumPy.

Losses and penalties are complex-safe: they branch on the real part, so that a
complex step through them gives the derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from specgraph.reference.base import Array
from specgraph.training import initializers as init
from specgraph.training import losses as loss
from specgraph.training import metrics as metric
from specgraph.training import optimizers as optimizer
from specgraph.training.config import Training
from specgraph.training.constraints import (
    EPSILON,
    Constraint,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    NormConstraint,
    UnitNorm,
)
from specgraph.training.regularizers import Regularizer
from specgraph.training.sinusoidal import Sinusoidal


def loss_value(of: loss.Loss, output: Array, target: Array) -> Any:
    """The scalar that a loss makes of a batch; `output` [B, …], `target` as it wants."""
    return _LOSSES[type(of)](of, output, target)


def regularization(penalized: Iterable[tuple[Regularizer, Array]]) -> Any:
    """The sum of the penalties of these weights; 0 for none."""
    total = 0.0
    for regularizer, weight in penalized:
        l1, l2 = regularizer.factors()
        total = total + l1 * _abs(weight).sum() + l2 * (weight * weight).sum()
    return total


def total_loss(
    training: Training,
    outputs: Mapping[str, Array],
    targets: Mapping[str, Array],
    penalized: Iterable[tuple[Regularizer, Array]] = (),
) -> Any:
    """What a training step makes small: weighted losses plus penalties."""
    total = regularization(penalized)
    for name, of in training.losses.items():
        value = loss_value(of, outputs[name], targets[name])
        total = total + training.loss_weights[name] * value
    return total


def _categorical(of: loss.CategoricalCrossentropy, output: Array, target: Array) -> Any:
    if of.from_logits:
        logs = _log_softmax(output)
    else:
        shares = _shares(output) if of.normalize else output
        logs = _log(_clip(shares, of.epsilon))
    keep, spread = 1 - of.label_smoothing, of.label_smoothing / output.shape[-1]
    each = -((target * keep + spread) * logs).sum(-1)
    return _reduced(each, of.reduction)


def _sparse(
    of: loss.SparseCategoricalCrossentropy, output: Array, target: Array
) -> Any:
    if of.from_logits:
        logs = _log_softmax(output)
    else:
        clipped = _clip(output, of.epsilon)
        logs = _log(_shares(clipped) if of.normalize else clipped)
    each = -np.take_along_axis(logs, target[..., None], -1)[..., 0]
    if of.label_smoothing:
        smooth = of.label_smoothing
        each = (1 - smooth) * each - smooth / output.shape[-1] * logs.sum(-1)
    return _reduced(each, of.reduction)


def _binary(of: loss.BinaryCrossentropy, output: Array, target: Array) -> Any:
    target = target * (1 - of.label_smoothing) + of.label_smoothing / 2
    if of.from_logits:
        positive = np.where(output.real > 0, output, 0)
        small = np.exp(np.where(output.real > 0, -output, output))
        return _reduced_elements(
            positive - output * target + np.log1p(small), of.reduction
        )
    clipped = _clip(output, of.epsilon)
    yes, no = _log(clipped), _log(1 - clipped)
    if of.log_floor is not None:
        yes, no = _floored(yes, of.log_floor), _floored(no, of.log_floor)
    return _reduced_elements(-(target * yes + (1 - target) * no), of.reduction)


def _squared(of: loss.MeanSquaredError, output: Array, target: Array) -> Any:
    return _reduced_elements((output - target) ** 2, of.reduction)


def _absolute(of: loss.MeanAbsoluteError, output: Array, target: Array) -> Any:
    return _reduced_elements(_abs(output - target), of.reduction)


_LOSSES: dict[type[loss.Loss], Callable[[Any, Array, Array], Any]] = {
    loss.CategoricalCrossentropy: _categorical,
    loss.SparseCategoricalCrossentropy: _sparse,
    loss.BinaryCrossentropy: _binary,
    loss.MeanSquaredError: _squared,
    loss.MeanAbsoluteError: _absolute,
}


def _reduced(each: Array, reduction: str) -> Any:
    return each.mean() if reduction == "mean" else each.sum()


def _reduced_elements(elements: Array, reduction: str) -> Any:
    if reduction == "sum_elements":
        return elements.sum()
    return _reduced(elements.mean(-1), reduction)


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.real.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))


def _shares(values: Array) -> Array:
    return np.asarray(values / values.sum(-1, keepdims=True))


def _log(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))


def _clip(values: Array, epsilon: float) -> Array:
    if not epsilon:
        return values
    low = np.where(values.real < epsilon, epsilon, values)
    return np.where(values.real > 1 - epsilon, 1 - epsilon, low)


def _floored(values: Array, floor: float) -> Array:
    return np.where(values.real < floor, floor, values)


def _abs(values: Array) -> Array:
    return np.asarray(values * np.sign(values.real))


def metric_value(of: metric.Metric, output: Array, target: Array) -> float:
    """The number that a resolved metric makes of all examples."""
    return float(_METRICS[type(of)](of, output, target).mean())


def _binary_accuracy(of: metric.BinaryAccuracy, output: Array, target: Array) -> Array:
    return np.asarray((output > of.threshold) == target)


def _categorical_accuracy(_: metric.Metric, output: Array, target: Array) -> Array:
    return np.asarray(output.argmax(-1) == target.argmax(-1))


def _sparse_accuracy(_: metric.Metric, output: Array, target: Array) -> Array:
    return np.asarray(output.argmax(-1) == target)


_METRICS: dict[type[metric.Metric], Callable[[Any, Array, Array], Array]] = {
    metric.BinaryAccuracy: _binary_accuracy,
    metric.CategoricalAccuracy: _categorical_accuracy,
    metric.SparseCategoricalAccuracy: _sparse_accuracy,
    metric.SquaredError: lambda _, output, target: (output - target) ** 2,
    metric.AbsoluteError: lambda _, output, target: np.abs(output - target),
}


@dataclass(slots=True)
class OptimizerState:
    """What an optimizer keeps: the number of steps done, and its slots by weight.

    `slots["m"]["dense.kernel"]` is the first moment of that kernel.
    """

    step: int = 0
    slots: dict[str, dict[str, Array]] = field(default_factory=dict)

    @classmethod
    def start(
        cls, of: optimizer.Optimizer, params: Mapping[str, Array]
    ) -> OptimizerState:
        """The state before the first step: every slot 0."""
        zeros = {name: np.zeros_like(value) for name, value in params.items()}
        return cls(0, {slot: dict(zeros) for slot in of.slots})


def step(
    of: optimizer.Optimizer,
    params: Mapping[str, Array],
    grads: Mapping[str, Array],
    state: OptimizerState,
    spared: frozenset[str] = frozenset(),
    constraints: Mapping[str, Constraint] | None = None,
) -> dict[str, Array]:
    """The weights after one step; `state` goes on with them.

    Weights without a gradient stay; those in `spared` do not decay; those that have a
    constraint are brought back to it at the end.
    """
    state.step += 1
    after = dict(params)
    for name, grad in grads.items():
        weight = params[name]
        if isinstance(of, optimizer.Decaying) and name not in spared:
            weight, grad = _decayed(of, weight, grad)
        after[name] = _STEPS[type(of)](of, weight, grad, state, name)
        if constraints and name in constraints:
            after[name] = constrained(constraints[name], after[name])
    return after


def constrained(of: Constraint, weight: Array) -> Array:
    """What a constraint makes of a weight, its axes canonical."""
    if isinstance(of, NormConstraint):
        axes = of.axes(weight.ndim)
        norms = np.sqrt((weight * weight).sum(axes, keepdims=True))
        return np.asarray(weight * (_LIMITS[type(of)](of, norms) / (norms + EPSILON)))
    assert isinstance(of, NonNeg)
    return np.maximum(weight, 0)


def _between(of: MinMaxNorm, norms: Array) -> Array:
    wanted = np.clip(norms, of.min_value, of.max_value)
    return np.asarray(of.rate * wanted + (1 - of.rate) * norms)


_LIMITS: dict[type[NormConstraint], Callable[[Any, Array], Any]] = {
    MaxNorm: lambda of, norms: np.minimum(norms, of.max_value),
    MinMaxNorm: _between,
    UnitNorm: lambda of, norms: 1.0,
}


def _decayed(of: optimizer.Decaying, weight: Array, grad: Array) -> tuple[Array, Array]:
    if of.decouples:
        return weight - of.learning_rate * of.weight_decay * weight, grad
    return weight, grad + of.weight_decay * weight


def _sgd(
    of: optimizer.SGD, weight: Array, grad: Array, state: OptimizerState, name: str
) -> Array:
    rate = of.learning_rate
    if not of.momentum:
        return np.asarray(weight - rate * grad)
    velocities = state.slots["velocity"]
    push = -rate * grad if of.velocity == "scaled" else grad
    velocity = velocities[name] = of.momentum * velocities[name] + push
    move = of.momentum * velocity + push if of.nesterov else velocity
    return np.asarray(weight + (move if of.velocity == "scaled" else -rate * move))


def _adam(
    of: optimizer.Adaptive,
    weight: Array,
    grad: Array,
    state: OptimizerState,
    name: str,
) -> Array:
    first, second = state.slots["m"], state.slots["v"]
    m = first[name] = of.beta_1 * first[name] + (1 - of.beta_1) * grad
    v = second[name] = of.beta_2 * second[name] + (1 - of.beta_2) * grad**2
    if of.amsgrad:
        greatest = state.slots["vhat"]
        v = greatest[name] = np.maximum(greatest[name], v)
    c1, c2 = 1 - of.beta_1**state.step, 1 - of.beta_2**state.step
    if of.epsilon_placement == "uncorrected":
        return np.asarray(
            weight - of.learning_rate * c2**0.5 / c1 * m / (np.sqrt(v) + of.epsilon)
        )
    return np.asarray(
        weight - of.learning_rate * (m / c1) / (np.sqrt(v / c2) + of.epsilon)
    )


_Step = Callable[[Any, Array, Array, OptimizerState, str], Array]
_STEPS: dict[type[optimizer.Optimizer], _Step] = {
    optimizer.SGD: _sgd,
    optimizer.Adam: _adam,
    optimizer.AdamW: _adam,
}


Shape = tuple[int, ...]
Rng = np.random.Generator


def initialize(of: init.Initializer, shape: Shape, rng: Rng) -> Array:
    """A weight of this canonical shape as the initializer draws it, in float64."""
    if isinstance(of, init.FanScaled):
        return _scaled(of.scaling(), shape, rng)
    return _INITIALIZERS[type(of)](of, shape, rng)


def truncated_normal(shape: Shape, rng: Rng) -> Array:
    """Standard normal numbers; what lies beyond ±2 is drawn again."""
    values = rng.standard_normal(shape)
    while (beyond := np.abs(values) > 2).any():
        values[beyond] = rng.standard_normal(int(beyond.sum()))
    return values


def _scaled(of: init.VarianceScaling, shape: Shape, rng: Rng) -> Array:
    spread = of.spread(shape)
    if of.distribution == "uniform":
        return rng.uniform(-spread, spread, shape)
    if of.distribution == "truncated_normal":
        return spread * truncated_normal(shape, rng)
    return spread * rng.standard_normal(shape)


def _orthogonal(of: init.Orthogonal, shape: Shape, rng: Rng) -> Array:
    rows, columns = math.prod(shape[:-1]), shape[-1]
    drawn = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    # Without the signs the distribution would depend on how QR is computed.
    q = q * np.sign(np.diag(r))
    return np.asarray(of.gain * (q if rows >= columns else q.T).reshape(shape))


def _fan_in_uniform(of: init.FanInUniform, shape: Shape, rng: Rng) -> Array:
    bound = of.bound(shape)
    return rng.uniform(-bound, bound, shape)


def _sinusoidal(of: Sinusoidal, shape: Shape, rng: Rng) -> Array:
    position = of.start + of.step * np.arange(shape[0])
    angle = position[:, None] * of.base ** -(np.arange(0, shape[1], 2) / shape[1])
    axis = -1 if of.interleaved else 1
    waves = np.stack([np.sin(angle), np.cos(angle)], axis).reshape(shape[0], -1)
    return np.asarray(waves[:, : shape[1]])


_INITIALIZERS: dict[type[init.Initializer], Callable[[Any, Shape, Rng], Array]] = {
    init.Zeros: lambda of, shape, rng: np.zeros(shape),
    init.Ones: lambda of, shape, rng: np.ones(shape),
    init.Constant: lambda of, shape, rng: np.full(shape, float(of.value)),
    init.RandomNormal: lambda of, shape, rng: rng.normal(of.mean, of.stddev, shape),
    init.TruncatedNormal: lambda of, shape, rng: (
        of.mean + of.stddev * truncated_normal(shape, rng)
    ),
    init.RandomUniform: lambda of, shape, rng: rng.uniform(of.minval, of.maxval, shape),
    init.Orthogonal: _orthogonal,
    init.Identity: lambda of, shape, rng: of.gain * np.eye(shape[0], shape[1]),
    init.FanInUniform: _fan_in_uniform,
    Sinusoidal: _sinusoidal,
}
