"""Losses and optimizer steps: a backend, the reference, and the NumPy optimizer.

The optimizer is judged apart from the gradients: NumPy's is fed the gradients that the
backend recorded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.lower.training import metric_names
from specgraph.parity.batches import Batch
from specgraph.parity.cases import Case
from specgraph.parity.checks import REFERENCE
from specgraph.parity.compare import (
    ABSOLUTE_FLOOR,
    FACTOR,
    error_of,
    floor_of,
    greatest,
    scale_of,
    single_tolerance,
)
from specgraph.parity.emitted import Emitted
from specgraph.parity.gates import gate
from specgraph.parity.objective import loss_of
from specgraph.parity.oracle import direction_of, trained_weights
from specgraph.parity.rounding import MORE_ROUNDINGS, rounded
from specgraph.parity.tally import Tally
from specgraph.reference.base import Array, blurred
from specgraph.reference.interpret import Arrays, Interpreter, Objective
from specgraph.reference.training import OptimizerState, metric_value, step
from specgraph.training.constraints import Constraint
from specgraph.training.metrics import (
    BinaryAccuracy,
    CategoricalAccuracy,
    Metric,
    SparseCategoricalAccuracy,
)
from specgraph.training.optimizers import SGD, Decaying, Optimizer, excludes

SINGLE_UPDATE = 1e-2
"""How far float32 may be off after a step, by the greatest update."""
SINGLE_LOSS = single_tolerance(0.0, 64)
"""How far a loss may be off in float32: it is a sum over all that went before."""
UNIT = 1.0
"""The least scale of a loss."""
BUFFER_FLOOR = 1e-3
"""The least scale of a buffer."""


def judge_loss(
    tally: Tally,
    emitted: Emitted,
    weights: Arrays,
    batch: Batch,
    found: Arrays,
    dtype: str,
    case: str,
) -> None:
    """Compares a loss, and in float64 its gradients, with the reference."""
    pair = (emitted.backend, REFERENCE)
    objective = loss_of(tally.graph, batch.targets)
    interpreter = Interpreter(tally.graph, weights, batch.masks)
    run = interpreter.run(batch.inputs, training=True)
    wanted = number_of(objective(run.values, weights))
    exact = dtype == "float64"
    error = loss_error(float(found["loss"]), wanted)
    gates = gate(tally.graph, pair).of_gradient
    tally.note("loss", dtype, pair, "", error, gates if exact else SINGLE_LOSS, case)
    if not exact:
        return
    gradients = emitted.outcome(found).weight_gradients
    lengths = {name: float(np.linalg.norm(g)) for name, g in gradients.items()}
    floor = floor_of([np.array(length) for length in lengths.values()])
    directions = {}
    for name in trained_weights(tally.graph):
        shape = weights[name].shape
        if name in gradients and gradients[name].shape == shape:
            directions[name] = direction_of(batch.seed, name, shape)
        else:
            detail = f"the loss gives this weight no gradient {list(shape)}"
            tally.wrong("gradients", dtype, emitted.backend, name, detail, case)

    def difference(names: Iterable[str]) -> float:
        along = {name: directions[name] for name in names}
        slope = interpreter.slope(run, along, objective)
        return abs(sum(np.vdot(along[n], gradients[n]) for n in along) - slope)

    scales = {name: max(lengths[name], floor) for name in directions}
    # All weights move at once; only where that is not as it should be, each by itself.
    together = difference(directions)
    alone = together > gates * min(scales.values(), default=math.inf)
    errors = {
        name: (difference([name]) if alone else together) / scale
        for name, scale in scales.items()
    }
    least = dict.fromkeys(errors, gates)
    for name in sorted(errors, key=lambda title: -errors[title]):
        if errors[name] <= gates:
            break
        given = Case(case, True, weights, batch.inputs, {}, batch.seed, run)
        along = {name: directions[name]}
        swing = _swing(tally.graph, given, along, interpreter, objective)
        least[name] = max(gates, FACTOR * swing / scales[name])
        if errors[name] > least[name]:
            break  # the worst first: one that is wrong will do
    for name, error in errors.items():
        allowed = least[name]
        tally.note("gradients", dtype, pair, name, error, allowed, f"loss, {case}")


def _swing(
    graph: Graph,
    case: Case,
    along: Arrays,
    exact: Interpreter,
    objective: Objective,
) -> float:
    """How far rounding in float64 moves a derivative of the loss.

    Far where a gate is shut, and the last bit of 1 is all that is left of its slope.
    """
    wanted = exact.slope(case.reference, along, objective)
    found = []
    for draw in range(MORE_ROUNDINGS):
        one = rounded(graph, case.weights, case, "float64", draw)
        with blurred(one.blur):
            found.append(one.interpreter.slope(one.run, along, objective))
    return max(abs(slope - wanted) for slope in found)


def number_of(loss: Array | complex) -> float:
    """A loss as a plain number."""
    return float(np.asarray(loss).real)


def loss_error(found: float, wanted: float) -> float:
    """How far a loss is from another."""
    return error_of(np.array(found), np.array(wanted), max(abs(wanted), UNIT))


@dataclass(frozen=True, slots=True)
class Step:
    """What a backend recorded of one optimizer step, in canonical form."""

    loss: float
    gradients: dict[str, Array]
    weights: dict[str, Array]
    slots: dict[str, dict[str, Array]]
    metrics: dict[str, float]


def step_of(emitted: Emitted, arrays: Arrays) -> Step:
    """One step of a training job."""
    outcome = emitted.outcome(arrays)
    slots: dict[str, dict[str, Array]] = {}
    for key, array in arrays.items():
        if key.startswith("slot:"):
            _, name, tensor = key.split(":", 2)
            slots.setdefault(name, {}).update(emitted.weight(tensor, array))
    loss = float(arrays["loss"])
    metrics = {
        key.partition(":")[2]: float(array)
        for key, array in arrays.items()
        if key.startswith("metric:")
    }
    return Step(loss, outcome.weight_gradients, outcome.weights, slots, metrics)


@dataclass(slots=True)
class Judge:
    """Compares the steps of one backend with the NumPy optimizer's."""

    tally: Tally
    backend: str
    dtype: str
    weights: dict[str, Array]
    """As the backend has them before the next step, in float64."""
    steps: int
    optimizer: Optimizer = field(init=False)
    expected: dict[str, Array] = field(init=False)
    """As NumPy has the trained ones after the steps so far."""
    state: OptimizerState = field(init=False)
    case: str = ""

    def __post_init__(self) -> None:
        assert self.graph.training is not None
        self.optimizer = self.graph.training.optimizer
        self.expected = {n: self.weights[n] for n in trained_weights(self.graph)}
        self.state = OptimizerState.start(self.optimizer, self.expected)

    @property
    def graph(self) -> Graph:
        """The graph that is trained."""
        return self.tally.graph

    @property
    def exact(self) -> bool:
        """Whether the steps were made in float64."""
        return self.dtype == "float64"

    @property
    def tolerance(self) -> float:
        """How far weights and state may be off."""
        return self.gate * self.steps if self.exact else SINGLE_UPDATE

    @property
    def gate(self) -> float:
        """How far one step in float64 may be off."""
        return gate(self.graph, (self.backend, REFERENCE)).of_gradient

    def judge(self, number: int, batch: Batch, found: Step) -> None:
        """Compares the next step."""
        self.case = f"step {number + 1}"
        self._forward(batch, found)
        self._update(found)
        self._state(found)
        after = {n: a.astype(np.float64) for n, a in found.weights.items()}
        self.weights = {**self.weights, **after}

    def _note(self, value: str, error: float, tolerance: float) -> None:
        pair = (self.backend, REFERENCE)
        self.tally.note("train", self.dtype, pair, value, error, tolerance, self.case)

    def _forward(self, batch: Batch, found: Step) -> None:
        """The loss and what is not trained, with the weights that the backend had."""
        interpreter = Interpreter(self.graph, self.weights, batch.masks)
        run = interpreter.run(batch.inputs, training=True)
        loss = number_of(loss_of(self.graph, batch.targets)(run.values, self.weights))
        allowed = self.gate if self.exact else SINGLE_LOSS
        self._note("loss", loss_error(found.loss, loss), allowed)
        self._metrics(batch, run.values, found, allowed)
        frozen = {n: self.weights[n] for n in self.graph.parameters(trainable=False)}
        for name, array in {**frozen, **run.buffers}.items():
            error = _error(found.weights, name, array, scale_of(array, BUFFER_FLOOR))
            self._note(name, error, allowed)

    def _metrics(
        self, batch: Batch, values: Arrays, found: Step, allowed: float
    ) -> None:
        """What is reported beside the loss, of the outputs that the spec names."""
        for name, (title, metric) in reported(self.graph).items():
            output = values[self.graph.outputs[title].name]
            target = batch.targets[title]
            wanted = metric_value(metric, output, target)
            got = found.metrics.get(name, math.inf)
            error = loss_error(got, wanted)
            self._note(name, error, allowed + doubt(metric, output, allowed))

    def _update(self, found: Step) -> None:
        """The weights, by what NumPy makes of the recorded gradients."""
        gradients = {}
        for name, weight in self.expected.items():
            gradient = found.gradients.get(name)
            if gradient is None:
                gradient = np.zeros_like(weight)
            gradients[name] = gradient.astype(np.float64)
        before = self.expected
        exempt = spared(self.graph, self.optimizer)
        limits = constraints_of(self.graph)
        after = step(self.optimizer, before, gradients, self.state, exempt, limits)
        self.expected = after
        for name, weight in after.items():
            update = greatest(weight - before[name])
            scale = max(update, self.optimizer.learning_rate, ABSOLUTE_FLOOR)
            error = _error(found.weights, name, weight, scale)
            self._note(name, error, self.tolerance)

    def _state(self, found: Step) -> None:
        """What the optimizer keeps."""
        if not self.optimizer.learning_rate:
            return  # nothing moves, and a velocity that holds the rate says nothing
        for slot, wanted in self.state.slots.items():
            got = slot_of(self.optimizer, slot, found.slots)
            floor = floor_of(wanted.values())
            for name, array in wanted.items():
                error = _error(got, name, array, scale_of(array, floor))
                self._note(f"{name} {slot}", error, self.tolerance)


def reported(graph: Graph) -> dict[str, tuple[str, Metric]]:
    """What train.py reports of the metrics: by name, the output and the metric."""
    assert graph.training is not None
    alone = len(graph.outputs) == 1
    return {
        name if alone else f"{title}_{name}": (title, metric)
        for title, metrics in graph.training.metrics.items()
        for name, metric in zip(metric_names(metrics), metrics, strict=True)
    }


def doubt(metric: Metric, output: Array, margin: float) -> float:
    """The share of decisions so near a tie that rounding turns them."""
    if isinstance(metric, BinaryAccuracy):
        assert metric.threshold is not None
        near = np.abs(output - metric.threshold) <= margin
    elif isinstance(metric, CategoricalAccuracy | SparseCategoricalAccuracy):
        if output.shape[-1] < 2:
            return 0.0
        top = np.sort(output, -1)[..., -2:]
        near = top[..., 1] - top[..., 0] <= margin * np.abs(top[..., 1])
    else:
        return 0.0
    return float(near.mean())


def _error(found: Arrays, name: str, wanted: Array, scale: float) -> float:
    """The error of a tensor by name; infinite if there is none."""
    return error_of(found[name], wanted, scale) if name in found else math.inf


def slot_of(
    optimizer: Optimizer, slot: str, found: Mapping[str, Mapping[str, Array]]
) -> dict[str, Array]:
    """A slot as the spec defines it: a framework's velocity may hold the rate or not."""
    if not isinstance(optimizer, SGD):
        return dict(found.get(slot, {}))
    rate = -optimizer.learning_rate
    scaled = dict(found.get("velocity_scaled", {}))
    plain = dict(found.get("velocity_plain", {}))
    if optimizer.velocity == "scaled":
        return scaled | {n: a.astype(np.float64) * rate for n, a in plain.items()}
    return plain | {n: a.astype(np.float64) / rate for n, a in scaled.items()}


def constraints_of(graph: Graph) -> dict[str, Constraint]:
    """What the trained weights are brought back to after a step."""
    return {
        path: param.constraint
        for path, param in graph.parameters(trainable=True).items()
        if param.constraint is not None
    }


def spared(graph: Graph, optimizer: Optimizer) -> frozenset[str]:
    """The weights that do not decay."""
    if not isinstance(optimizer, Decaying):
        return frozenset()
    return frozenset(
        f"{node.name}.{param.name}"
        for node in graph.walk()
        for param in node.own_params
        if any(
            excludes(
                entry,
                name=param.name,
                op=node.op.label,
                path=f"{node.name}.{param.name}",
            )
            for entry in optimizer.exclude
        )
    )
