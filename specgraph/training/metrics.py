"""What is reported beside the loss: the metrics of Keras.

A metric is one number of all examples seen: the mean over every element, or position.
"""

from __future__ import annotations

import math
from typing import ClassVar, Self

from specgraph.definition import CallError, Definition, Family, Problem
from specgraph.training.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CrossEntropy,
    Loss,
    SparseCategoricalCrossentropy,
    Target,
)


class Metric(Definition):
    """A number for people; nothing follows its gradient."""

    target: ClassVar[Target] = "values"

    def resolve(self, loss: Loss) -> Metric:
        """The metric with all that depends on the loss filled in; raises CallError."""
        if (self.target == "class_ids") is not (loss.target == "class_ids"):
            wanted, got = _LABELS[self.target], _LABELS[loss.target]
            raise CallError(
                Problem(
                    "bad-value",
                    f"{self.label} compares with {wanted}, but the labels of "
                    f"{loss.label} are {got}",
                )
            )
        return self


METRICS: Family[Metric] = Family(
    "metric",
    aliases={
        "mse": "mean_squared_error",
        "mae": "mean_absolute_error",
        "acc": "accuracy",
    },
)


@METRICS.register
class Accuracy(Metric):
    """The accuracy that fits the loss: binary, categorical or sparse categorical."""

    label: ClassVar[str] = "accuracy"

    def resolve(self, loss: Loss) -> Metric:
        """The metric of the loss's kind; raises CallError where it has none."""
        for kind, metric in _KINDS.items():
            if isinstance(loss, kind):
                return metric().resolve(loss)
        raise CallError(
            Problem(
                "bad-value",
                f"accuracy goes with a cross-entropy, not with {loss.label}",
                hint="name it: binary_accuracy, categorical_accuracy, …",
            )
        )


@METRICS.register
class BinaryAccuracy(Metric):
    """The part of elements for which p > `threshold`, as 0 or 1, is the label.

    A label that is neither is never met.  Left open, `threshold` is 0.5, and 0 where the
    loss takes logits (Keras would compare logits with 0.5).
    """

    label: ClassVar[str] = "binary_accuracy"
    leading: ClassVar[str | None] = "threshold"

    threshold: float | None = None
    """What an output must exceed to count as 1."""

    def resolve(self, loss: Loss) -> Self:
        """The metric with its threshold; raises CallError."""
        super().resolve(loss)
        if self.threshold is not None:
            return self
        logits = isinstance(loss, CrossEntropy) and loss.from_logits
        return self.model_copy(update={"threshold": 0.0 if logits else 0.5})

    def on_logits(self) -> Self:
        """The same metric of the logits whose sigmoid the output is."""
        p = 0.5 if self.threshold is None else self.threshold
        logit = math.copysign(math.inf, p - 0.5)
        if 0 < p < 1:
            logit = math.log(p / (1 - p))
        return self.model_copy(update={"threshold": logit})


@METRICS.register
class CategoricalAccuracy(Metric):
    """How often the greatest output is at the greatest label; ties go to the first."""

    label: ClassVar[str] = "categorical_accuracy"
    target: ClassVar[Target] = "one_hot"


@METRICS.register
class SparseCategoricalAccuracy(Metric):
    """How often the greatest output is at the label's id; ties go to the first."""

    label: ClassVar[str] = "sparse_categorical_accuracy"
    target: ClassVar[Target] = "class_ids"


@METRICS.register
class SquaredError(Metric):
    """The mean of (p - y)²."""

    label: ClassVar[str] = "mean_squared_error"


@METRICS.register
class AbsoluteError(Metric):
    """The mean of |p - y|."""

    label: ClassVar[str] = "mean_absolute_error"


_KINDS: dict[type[Loss], type[Metric]] = {
    BinaryCrossentropy: BinaryAccuracy,
    CategoricalCrossentropy: CategoricalAccuracy,
    SparseCategoricalCrossentropy: SparseCategoricalAccuracy,
}
_LABELS: dict[Target, str] = {
    "class_ids": "class ids",
    "one_hot": "one-hot floats",
    "values": "floats of the output's shape",
}
