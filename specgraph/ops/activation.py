"""Activations, as layers of their own and as another layer's `activation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from specgraph.definition import CallError, Problem, Semantics, by_semantics, show
from specgraph.ops.base import (
    Activation,
    Axes,
    Bound,
    Order,
    Sample,
    SampleInput,
    TensorType,
    register_op,
)

Positive = Annotated[float, Field(ge=0)]

_PLAIN = (
    Sample("features", None, (SampleInput((5,)),)),
    Sample("any length", None, (SampleInput(("time", 3)),), "torch"),
)
_IMAGE = SampleInput((4, 3, 5), layout="channels_first")


@register_op
class Relu(Activation):
    """0 up to `threshold`, x above it, at most `max_value`.

    Minus `negative_slope` * (threshold - x) below the threshold.  Keras's `ReLU`.
    """

    label: ClassVar[str] = "relu"

    max_value: Positive | None = None
    """The greatest output; without it there is none."""
    negative_slope: Positive = 0.0
    """The slope below the threshold."""
    threshold: Positive = 0.0
    """From where on x passes."""

    samples = (
        *_PLAIN,
        Sample("capped", {"max_value": 0.5}, (SampleInput((5,)),)),
        Sample("capped at six", {"max_value": 6}, (SampleInput((5,)),)),
        Sample("a slope below", {"negative_slope": 0.3}, (SampleInput((5,)),)),
        Sample(
            "all attributes",
            {"max_value": 1.5, "negative_slope": 0.25, "threshold": 0.5},
            (SampleInput((7, 3)),),
        ),
    )


@register_op
class LeakyRelu(Activation):
    """x above 0, `negative_slope` * x below (Maas et al., 2013)."""

    label: ClassVar[str] = "leaky_relu"
    leading: ClassVar[str | None] = "negative_slope"
    inline: ClassVar[Mapping[Semantics, Mapping[str, object]]] = {
        "keras": {"negative_slope": 0.2}
    }
    spellings = {"alpha": "negative_slope", "slope": "negative_slope"}

    negative_slope: float = by_semantics(keras=0.3, torch=0.01)
    """The slope below 0; in Keras 0.3 as a layer and 0.2 as an `activation`."""

    samples = (
        *_PLAIN,
        Sample("slope", 0.125, (SampleInput((5,)),)),
        Sample("a falling slope", -0.5, (SampleInput((5,)),)),
    )


@register_op
class Elu(Activation):
    """x above 0, `alpha` * (exp(x) - 1) below (Clevert et al., 2016)."""

    label: ClassVar[str] = "elu"
    leading: ClassVar[str | None] = "alpha"

    alpha: float = 1.0
    """The depth of the negative side."""

    samples = (*_PLAIN, Sample("alpha", 0.7, (SampleInput((5,)),)))


@register_op
class Selu(Activation):
    """1.0507 x above 0, 1.0507 * 1.6733 * (exp(x) - 1) below (Klambauer et al., 2017)."""

    label: ClassVar[str] = "selu"
    samples = _PLAIN


@register_op
class Gelu(Activation):
    """x times the normal distribution function of x (Hendrycks & Gimpel, 2016)."""

    label: ClassVar[str] = "gelu"
    leading: ClassVar[str | None] = "approximate"

    approximate: bool = False
    """Whether tanh(sqrt(2 / pi) (x + 0.044715 x^3)) stands for the error function."""

    samples = (*_PLAIN, Sample("tanh form", True, (SampleInput((5,)),)))


@register_op
class Silu(Activation):
    """x * sigmoid(x), also called swish."""

    label: ClassVar[str] = "silu"
    samples = _PLAIN


@register_op
class Softplus(Activation):
    """log(1 + exp(x))."""

    label: ClassVar[str] = "softplus"
    samples = _PLAIN


@register_op
class Tanh(Activation):
    """The hyperbolic tangent."""

    label: ClassVar[str] = "tanh"
    samples = _PLAIN


@register_op
class Sigmoid(Activation):
    """1 / (1 + exp(-x))."""

    label: ClassVar[str] = "sigmoid"
    samples = _PLAIN


@register_op
class HardSigmoid(Activation):
    """x / 6 + 1/2, between 0 and 1."""

    label: ClassVar[str] = "hard_sigmoid"
    samples = _PLAIN


@register_op
class Relu6(Activation):
    """x between 0 and 6 (Krizhevsky, 2010)."""

    label: ClassVar[str] = "relu6"
    samples = _PLAIN


@register_op
class Celu(Activation):
    """x above 0, `alpha` * (exp(x / alpha) - 1) below (Barron, 2017)."""

    label: ClassVar[str] = "celu"

    alpha: float = Field(default=1.0, gt=0)
    """The depth of the negative side."""

    samples = (*_PLAIN, Sample("alpha", {"alpha": 0.7}, (SampleInput((5,)),)))


@register_op
class Mish(Activation):
    """x * tanh(log(1 + exp(x))) (Misra, 2019)."""

    label: ClassVar[str] = "mish"
    samples = _PLAIN


@register_op
class Softsign(Activation):
    """x / (1 + |x|)."""

    label: ClassVar[str] = "softsign"
    samples = _PLAIN


@register_op
class LogSigmoid(Activation):
    """The logarithm of the sigmoid: -log(1 + exp(-x))."""

    label: ClassVar[str] = "log_sigmoid"
    samples = _PLAIN


@register_op
class HardSilu(Activation):
    """x times its hard sigmoid, also called hard swish (Howard et al., 2019).

    At exactly -3 and 3, where it has no slope, PyTorch takes the inner side's and Keras
    the outer side's.
    """

    label: ClassVar[str] = "hard_silu"
    samples = _PLAIN


@register_op
class HardTanh(Activation):
    """x between -1 and 1."""

    label: ClassVar[str] = "hard_tanh"
    samples = _PLAIN


@register_op
class Exponential(Activation):
    """exp(x)."""

    label: ClassVar[str] = "exponential"
    samples = _PLAIN


@register_op
class Squareplus(Activation):
    """(x + sqrt(x^2 + b)) / 2 (Barron, 2021)."""

    label: ClassVar[str] = "squareplus"

    b: float = Field(default=4.0, gt=0)
    """How wide the bend is."""

    samples = (*_PLAIN, Sample("a sharp bend", {"b": 0.25}, (SampleInput((5,)),)))


@register_op
class Linear(Activation):
    """The identity."""

    label: ClassVar[str] = "linear"
    samples = _PLAIN

    @classmethod
    def attributes_of(cls, argument: object) -> Mapping[str, object]:
        """None; torch's `Linear` is `dense`."""
        if not argument:
            return {}
        message = f"linear is the identity and has no attributes, got {show(argument)}"
        raise CallError(Problem("wrong-type", message, (), "did you mean 'dense'?"))


class OverAxes(Activation):
    """An activation that sees all elements along its axes."""

    leading: ClassVar[str | None] = "axis"
    order: ClassVar[Order] = "axes"
    spellings = {"dim": "axis"}

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        inputs.first.axes(self.over())
        return {"output": inputs.first}

    def over(self) -> int | tuple[int, ...]:
        """The axes."""
        raise NotImplementedError


@register_op
class Softmax(OverAxes):
    """exp(x) over its sum along the axes; with a mask it is `masked_softmax`."""

    label: ClassVar[str] = "softmax"

    axis: Axes = -1
    """The axis, or the axes, that sum to one together."""

    samples = (
        *_PLAIN,
        Sample("axis", 1, (_IMAGE,), "torch"),
        Sample("two axes", {"axis": (1, -1)}, (SampleInput((4, 3, 5)),)),
    )

    def over(self) -> int | tuple[int, ...]:
        """The axes."""
        return self.axis


@register_op
class LogSoftmax(OverAxes):
    """The logarithm of the softmax along one axis."""

    label: ClassVar[str] = "log_softmax"

    axis: int = -1
    """The axis along which the exponentials sum to one."""

    samples = (*_PLAIN, Sample("axis", 1, (_IMAGE,), "torch"))

    def over(self) -> int | tuple[int, ...]:
        """The axis."""
        return self.axis
