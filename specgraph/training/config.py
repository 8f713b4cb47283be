"""The `train` section of a spec: what is trained, on what, and how."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from specgraph.definition import (
    CallError,
    D,
    Family,
    Problem,
    Semantics,
    call_form,
    plain_form,
    show,
)
from specgraph.diagnostics import closest
from specgraph.training.losses import LOSSES, Loss
from specgraph.training.metrics import METRICS, Metric
from specgraph.training.optimizers import OPTIMIZERS, Optimizer

KEYS = ("optimizer", "loss", "loss_weights", "metrics", "batch_size", "epochs")
LATER = ("schedule", "clip")
MAX_COUNT = 2**31
"""Epochs, and examples in a batch, are below this."""
_SPELLINGS = {
    "losses": "loss",
    "criterion": "loss",
    "lr_schedule": "schedule",
    "scheduler": "schedule",
    "clipping": "clip",
    "metric": "metrics",
    "batch": "batch_size",
    "num_epochs": "epochs",
}

Entries = dict[str, tuple[tuple[str, ...], object]]
"""By output: the path from a key to the value for that output, and the value."""


@dataclass(frozen=True, slots=True)
class Training:
    """How a model is trained.  Losses, weights and metrics are by output name.

    The loss of a step is the sum of the outputs' losses by their weights, plus the
    penalties of all regularizers.
    """

    optimizer: Optimizer
    losses: Mapping[str, Loss]
    loss_weights: Mapping[str, float]
    metrics: Mapping[str, tuple[Metric, ...]]
    batch_size: int = 32
    epochs: int = 1

    def resolved(self) -> dict[str, object]:
        """The section in full, as plain data that means the same."""
        single = len(self.losses) == 1

        def by_output(table: Mapping[str, Any]) -> object:
            plain = {name: plain_form(value) for name, value in table.items()}
            return next(iter(plain.values())) if single else plain

        return {
            "optimizer": call_form(self.optimizer),
            "loss": by_output(self.losses),
            "loss_weights": by_output(self.loss_weights),
            "metrics": by_output(self.metrics),
            "batch_size": self.batch_size,
            "epochs": self.epochs,
        }


def parse_training(
    data: Mapping[str, object], outputs: tuple[str, ...], semantics: Semantics = "keras"
) -> Training:
    """The training that a `train` section says; raises CallError with all problems.

    Paths of problems lead from the section.  `outputs` are the model's, in order.
    """
    section = _Section(data, outputs, semantics)
    section.check_keys()
    optimizer = section.optimizer()
    losses = section.losses()
    weights = section.weights()
    metrics = section.metrics(losses)
    batch_size, epochs = section.count("batch_size", 32), section.count("epochs", 1)
    if section.problems or optimizer is None:
        raise CallError(*section.problems)
    return Training(optimizer, losses, weights, metrics, batch_size, epochs)


class _Section:
    """A `train` section being read; it collects problems and goes on."""

    def __init__(
        self,
        data: Mapping[str, object],
        outputs: tuple[str, ...],
        semantics: Semantics,
    ) -> None:
        self.data = data
        self.outputs = outputs
        self.semantics = semantics
        self.problems: list[Problem] = []

    def check_keys(self) -> None:
        """Notes every key that has no meaning here."""
        for key in self.data:
            if key in KEYS:
                continue
            if key in LATER:
                message = f"train: {key} is not supported by this version"
                self.problems.append(Problem("unsupported", message, (key,)))
                continue
            near = closest(str(key), KEYS, _SPELLINGS)
            hint = f"did you mean {near!r}?" if near else f"known: {', '.join(KEYS)}"
            message = f"train has no key {key!r}"
            self.problems.append(Problem("unknown-key", message, (key,), hint))

    def optimizer(self) -> Optimizer | None:
        """The optimizer, or None with a problem noted."""
        if self.missing("optimizer"):
            return None
        return self.parsed(OPTIMIZERS, self.data["optimizer"], ("optimizer",))

    def losses(self) -> dict[str, Loss]:
        """The loss of each output, in the outputs' order."""
        if self.missing("loss"):
            return {}
        names = [name for name in self.outputs if name in LOSSES]
        if names and len(self.outputs) > 1:
            message = f"an output may not bear a loss's name: {', '.join(names)}"
            hint = (
                f"under `outputs`, call it otherwise: `{names[0]}_output: {names[0]}`"
            )
            self.problems.append(Problem("bad-value", message, ("loss",), hint))
            return {}
        calls = self.entries("loss", LOSSES, complete=True)
        found = {}
        for name, (path, call) in calls.items():
            loss = self.parsed(LOSSES, call, ("loss", *path))
            if loss is not None:
                found[name] = loss
        return found

    def weights(self) -> dict[str, float]:
        """The weight of each output's loss; 1 where none is given."""
        weights = dict.fromkeys(self.outputs, 1.0)
        given = self.data.get("loss_weights")
        if given is None:
            return weights
        for name, (path, weight) in self.entries("loss_weights").items():
            at = ("loss_weights", *path)
            if isinstance(weight, bool) or not isinstance(weight, int | float):
                message = f"a loss weight must be a number, got {show(weight)}"
                self.problems.append(Problem("wrong-type", message, at))
            elif not math.isfinite(weight):
                message = f"a loss weight must be finite, got {show(weight)}"
                self.problems.append(Problem("bad-value", message, at))
            else:
                weights[name] = float(weight)
        return weights

    def metrics(self, losses: Mapping[str, Loss]) -> dict[str, tuple[Metric, ...]]:
        """The metrics of each output, resolved by its loss."""
        metrics: dict[str, tuple[Metric, ...]] = dict.fromkeys(self.outputs, ())
        given = self.data.get("metrics")
        if given is None:
            return metrics
        entries = self.entries("metrics", METRICS)
        for name, (path, calls) in entries.items():
            metrics[name] = self.metrics_of(losses.get(name), calls, path)
        return metrics

    def metrics_of(
        self, loss: Loss | None, calls: object, path: tuple[str, ...]
    ) -> tuple[Metric, ...]:
        """One output's metrics: a list of calls, or one call."""
        listed = isinstance(calls, Sequence) and not isinstance(calls, str)
        items: Sequence[object] = calls if listed else (calls,)  # type: ignore[assignment]
        found = []
        for index, call in enumerate(items):
            at = ("metrics", *path, *((index,) if listed else ()))
            metric = self.parsed(METRICS, call, at)
            if metric is None or loss is None:
                continue
            try:
                found.append(metric.resolve(loss))
            except CallError as error:
                self.note(error, at)
        return tuple(found)

    def count(self, key: str, default: int) -> int:
        """A number of at least 1."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            message = f"{key} must be an integer, got {show(value)}"
            self.problems.append(Problem("wrong-type", message, (key,)))
        elif value < 1:
            message = f"{key} must be at least 1, got {value}"
            self.problems.append(Problem("bad-value", message, (key,)))
        elif value >= MAX_COUNT:
            message = f"{key} must be below 2^31, got {value}"
            self.problems.append(Problem("bad-value", message, (key,)))
        else:
            return value
        return default

    def missing(self, key: str) -> bool:
        """Whether a key that must be there is not.

        It is noted, unless a misspelt key was meant for it.
        """
        if self.data.get(key) is not None:
            return False
        unknown = [str(name) for name in self.data if name not in KEYS]
        if any(closest(name, KEYS, _SPELLINGS) == key for name in unknown):
            return True
        self.problems.append(Problem("missing-key", f"train needs {key!r}"))
        return True

    def entries(
        self, key: str, family: Family[Any] | None = None, complete: bool = False
    ) -> Entries:
        """What a key says of each output: with one output, the value itself will do."""
        value = self.data[key]
        if len(self.outputs) == 1 and not self.names_output(value, family):
            return {self.outputs[0]: ((), value)}
        return self.by_output(key, complete)

    def names_output(self, value: object, family: Family[Any] | None) -> bool:
        """Whether a value is a mapping by output, though there is only one output.

        A name of `family` is taken for that, unless what it maps to is of it, too.
        """
        if not isinstance(value, Mapping):
            return False
        if family is None:
            return True
        if set(value) != set(self.outputs):
            return False
        (inner,) = value.values()
        return self.outputs[0] not in family or _calls(inner, family)

    def by_output(self, key: str, complete: bool = False) -> Entries:
        """Path and value of each entry of a mapping by output, in the outputs' order."""
        value = self.data[key]
        names = ", ".join(self.outputs)
        if not isinstance(value, Mapping):
            message = f"{key} must be a mapping by output, got {show(value)}"
            hint = f"the outputs are {names}"
            self.problems.append(Problem("wrong-type", message, (key,), hint))
            return {}
        for name in value:
            if name not in self.outputs:
                near = closest(str(name), self.outputs)
                hint = f"did you mean {near!r}?" if near else f"the outputs are {names}"
                message = f"{key}: there is no output {name!r}"
                problem = Problem("unknown-output", message, (key, name), hint)
                self.problems.append(problem)
        lacking = [name for name in self.outputs if name not in value]
        if complete and lacking:
            message = f"{key}: nothing is said of output {', '.join(lacking)}"
            self.problems.append(Problem("missing-key", message, (key,)))
        return {n: ((n,), value[n]) for n in self.outputs if n in value}

    def parsed(
        self, family: Family[D], call: object, path: tuple[str | int, ...]
    ) -> D | None:
        """What a call means, or None with its problems noted under `path`."""
        try:
            return family.parse(call, self.semantics)
        except CallError as error:
            self.note(error, path)
            return None

    def note(self, error: CallError, path: tuple[str | int, ...]) -> None:
        """Keeps an error's problems, their paths led on from `path`."""
        self.problems += [
            Problem(p.code, p.message, (*path, *p.path), p.hint) for p in error.problems
        ]


def _calls(value: object, family: Family[Any]) -> bool:
    """Whether a value is a call of one of a family, or a list of such."""
    if isinstance(value, str):
        return value in family
    if isinstance(value, Mapping):
        return len(value) == 1 and next(iter(value)) in family
    return isinstance(value, Sequence) and all(_calls(item, family) for item in value)
