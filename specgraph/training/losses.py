"""What a training step makes small: the losses of Keras and torch.

p is the model's output, z the same as logits, y the target, K the size of the last
axis.  Every loss is first one number an example (or an example's position), then
`reduction` makes one number of the batch.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field

from specgraph.definition import Definition, Family, Problem, by_semantics

Target = Literal["class_ids", "one_hot", "values"]
"""What labels are: integer ids of the output's shape without its last axis, floats of
the output's shape that sum to 1 along the last axis, floats of the output's shape."""


def _reduction(value: object) -> object:
    """Keras's word for the mean as ours."""
    return "mean" if value == "sum_over_batch_size" else value


_known = BeforeValidator(
    _reduction,
    json_schema_input_type=Literal[
        "mean", "sum", "sum_elements", "sum_over_batch_size"
    ],
)

NOT_PROBABILITIES = frozenset({"linear", "log_softmax", "relu", "tanh"})
"""Ops whose result is no probability; `linear` is a layer without activation."""


class Loss(Definition):
    """One number that says how far an output is from its target."""

    target: ClassVar[Target] = "values"

    def mismatch(self, made_by: str, last: int | None = None) -> Problem | None:
        """Why an output cannot be meant for this loss, or None.

        `made_by` is the label of the op, or of the activation, that makes the output
        (`linear` for a layer without one), `last` the size of its last axis if known.
        """
        return None


LOSSES: Family[Loss] = Family(
    "loss",
    aliases={"mse": "mean_squared_error", "mae": "mean_absolute_error"},
    spellings={
        "cross_entropy": "sparse_categorical_crossentropy",
        "cross_entropy_loss": "sparse_categorical_crossentropy",
        "nll_loss": "sparse_categorical_crossentropy",
        "sparse_categorical_cross_entropy": "sparse_categorical_crossentropy",
        "cce": "categorical_crossentropy",
        "bce": "binary_crossentropy",
        "bce_loss": "binary_crossentropy",
        "bce_with_logits": "binary_crossentropy",
        "bce_with_logits_loss": "binary_crossentropy",
        "mse_loss": "mean_squared_error",
        "l2_loss": "mean_squared_error",
        "l1_loss": "mean_absolute_error",
    },
)


class CrossEntropy(Loss):
    """A loss of probabilities: given as such, or as the logits of `activation`."""

    activation: ClassVar[str]
    """The op that makes the probabilities of logits."""

    from_logits: bool = False
    """Whether the output is logits; then nothing is clipped or normalized."""
    label_smoothing: float = Field(default=0.0, ge=0, le=1)
    """The part of each label that is spread evenly over the classes."""
    epsilon: float = by_semantics(keras=1e-7, torch=0.0, ge=0, lt=0.5)
    """Probabilities are clipped to [epsilon, 1 - epsilon]; at 0 they are not."""

    def on_logits(self) -> Self:
        """The same loss of the logits that `activation` was applied to."""
        return self.model_copy(update={"from_logits": True})

    def looks_through(self, made_by: str) -> bool:
        """Whether an output of this op is dropped for its logits."""
        return made_by == self.activation and not self.from_logits

    def mismatch(self, made_by: str, last: int | None = None) -> Problem | None:
        """Why an output cannot be meant for this loss, or None."""
        takes = "logits" if self.from_logits else "probabilities"
        other = {"softmax": "sigmoid", "sigmoid": "softmax"}[self.activation]
        clash = f"{self.label} takes {takes}, but {made_by} makes the output"
        if made_by == other:
            hint = f"{self.label} goes with {self.activation}, not with {other}"
            return Problem("bad-value", clash, (), hint)
        if self.from_logits and made_by == self.activation:
            hint = f"leave out the {made_by}, or from_logits: true"
            return Problem("bad-value", clash, (), hint)
        if not self.from_logits and made_by in NOT_PROBABILITIES:
            hint = f"end in {self.activation}, or write from_logits: true"
            return Problem("bad-value", clash, (), hint)
        return None


class Categorical(CrossEntropy):
    """The cross-entropy of one of K classes, along the last axis."""

    activation: ClassVar[str] = "softmax"

    def mismatch(self, made_by: str, last: int | None = None) -> Problem | None:
        """Why an output cannot be meant for this loss, or None."""
        if last == 1:
            message = f"{self.label} of a single class is always 0"
            hint = "one unit with a sigmoid goes with binary_crossentropy"
            return Problem("bad-value", message, (), hint)
        return super().mismatch(made_by, last)


@LOSSES.register
class CategoricalCrossentropy(Categorical):
    """-sum(y' log p) along the last axis, y' = y (1 - s) + s / K, s `label_smoothing`.

    From probabilities: divided by their sum if `normalize`, then clipped, then the
    logarithm; where that is -inf and y' is 0, the loss is NaN.  Keras:
    keras/src/backend/tensorflow/nn.py; torch: `F.cross_entropy` with class
    probabilities, and -(y * p.log()).sum(-1) for probabilities.
    """

    label: ClassVar[str] = "categorical_crossentropy"
    target: ClassVar[Target] = "one_hot"

    normalize: bool = by_semantics(keras=True, torch=False)
    """Whether probabilities are first divided by their sum along the last axis."""
    reduction: Annotated[Literal["mean", "sum"], _known] = "mean"
    """Over all examples and positions; `sum_over_batch_size` means `mean`."""


@LOSSES.register
class SparseCategoricalCrossentropy(Categorical):
    """-log p[y] for the class id y; with s `label_smoothing`, of K classes,
    -(1 - s) log p[y] - (s / K) sum(log p), torch's definition (Keras has none).

    From probabilities: clipped, then divided by their sum if `normalize` (Keras takes
    a softmax of the clipped logarithms, which is that), then the logarithm.  torch:
    `F.cross_entropy`, and `F.nll_loss(p.log(), y)` for probabilities.
    """

    label: ClassVar[str] = "sparse_categorical_crossentropy"
    target: ClassVar[Target] = "class_ids"

    normalize: bool = by_semantics(keras=True, torch=False)
    """Whether probabilities, once clipped, are divided by their sum."""
    reduction: Annotated[Literal["mean", "sum"], _known] = "mean"
    """Over all examples and positions; `sum_over_batch_size` means `mean`."""


ElementReduction = Annotated[Literal["mean", "sum", "sum_elements"], _known]


@LOSSES.register
class BinaryCrossentropy(CrossEntropy):
    """-y' log p - (1 - y') log(1 - p), averaged along the last axis;
    y' = y (1 - s) + s / 2, s `label_smoothing`, Keras's definition (torch has none).

    From logits max(z, 0) - z y' + log(1 + exp(-|z|)).  From probabilities the gradient
    is 0 where p is clipped, or a logarithm lies at its floor.  Keras:
    keras/src/backend/tensorflow/nn.py; torch: `F.binary_cross_entropy`, whose gradient
    is (p - y) / max(p (1 - p), 1e-12) instead.
    """

    label: ClassVar[str] = "binary_crossentropy"
    activation: ClassVar[str] = "sigmoid"

    log_floor: float | None = by_semantics(keras=None, torch=-100.0, le=0)
    """The least value a logarithm of a probability may take; nothing: no bound."""
    reduction: ElementReduction = "mean"
    """`sum` adds the examples' averages along the last axis, as Keras; `sum_elements`
    every element, as torch; `sum_over_batch_size` means `mean`."""


@LOSSES.register
class MeanSquaredError(Loss):
    """(p - y)², averaged along the last axis."""

    label: ClassVar[str] = "mean_squared_error"

    reduction: ElementReduction = "mean"
    """`sum` adds the examples' averages along the last axis, as Keras; `sum_elements`
    every element, as torch; `sum_over_batch_size` means `mean`."""


@LOSSES.register
class MeanAbsoluteError(Loss):
    """|p - y|, averaged along the last axis; the gradient at p = y is 0."""

    label: ClassVar[str] = "mean_absolute_error"

    reduction: ElementReduction = "mean"
    """`sum` adds the examples' averages along the last axis, as Keras; `sum_elements`
    every element, as torch; `sum_over_batch_size` means `mean`."""
