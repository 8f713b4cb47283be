"""Regularization: what acts in training alone."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field

from specgraph.ops.base import (
    Bound,
    Fraction,
    Op,
    Order,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    register_op,
)

NotAll = Annotated[float, Field(ge=0, lt=1)]
"""A fraction below 1."""
_RATE = {"p": "rate", "prob": "rate", "probability": "rate", "drop_prob": "rate"}
_FIRST = SampleInput((4, 3, 5), layout="channels_first")


@register_op
class Dropout(Op):
    """In training, zero with probability `rate`, else x / (1 - rate).

    Otherwise the identity.  Srivastava et al., 2014, scaled in training.
    """

    label: ClassVar[str] = "dropout"
    leading: ClassVar[str | None] = "rate"
    order: ClassVar[Order] = "elementwise"
    random: ClassVar[bool] = True
    spellings = _RATE

    rate: Fraction
    """The fraction that is dropped."""

    samples = (
        Sample("features", 0.25, (SampleInput((5,)),)),
        Sample("any length", 0.5, (SampleInput(("time", 3)),), "torch"),
        Sample("nothing dropped", 0, (SampleInput((5,)),)),
        Sample("all dropped", 1, (SampleInput((5,)),)),
        Sample(
            "image, channels first",
            0.5,
            (_FIRST,),
            "torch",
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        return {"output": inputs.first}


class SpatialDropout(Op):
    """Dropout of whole channels; a subclass says of how many axes."""

    leading: ClassVar[str | None] = "rate"
    order: ClassVar[Order] = "spatial"
    random: ClassVar[bool] = True
    axes: ClassVar[int]
    """How many axes a channel has."""
    spellings = _RATE

    rate: Fraction
    """The fraction of the channels that is dropped."""
    axis: int | None = None
    """The axis of the channels; left out, the value's own."""

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The axis is filled in."""
        if self.axis is not None:
            return self
        first = inputs.first.layout == "channels_first"
        return self.filled(axis=1 if first else -1)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        kind = inputs.first
        given = len(kind.shape) - 1
        if given != self.axes:
            fits = f"spatial_dropout{given}d fits {kind}" if given in (1, 2, 3) else ""
            raise ShapeError(
                f"{self.label} drops channels of {self.axes} axes, got {kind}", fits
            )
        if self.axis is not None:
            kind.axis(self.axis)
        return {"output": kind}

    def drawn(self, inputs: Bound[tuple[int, ...]]) -> tuple[int, ...]:
        """One for each channel of each example."""
        shape = inputs.first
        assert self.axis is not None
        keeps = (0, self.axis % len(shape))
        return tuple(size if axis in keeps else 1 for axis, size in enumerate(shape))


@register_op
class SpatialDropout1D(SpatialDropout):
    """In training, channels [time] zero with probability `rate`, else x / (1 - rate).

    Tompson et al., 2015.
    """

    label: ClassVar[str] = "spatial_dropout1d"
    axes: ClassVar[int] = 1

    samples = (
        Sample("sequence", 0.25, (SampleInput(("time", 3)),)),
        Sample(
            "channels first",
            0.5,
            (SampleInput((4, 3), layout="channels_first"),),
            "torch",
        ),
        Sample("another axis", {"rate": 0.5, "axis": 1}, (SampleInput((4, 3)),)),
        Sample("nothing dropped", 0, (SampleInput((4, 3)),)),
        Sample("all dropped", 1, (SampleInput((4, 3)),)),
    )


@register_op
class SpatialDropout2D(SpatialDropout):
    """In training, channels [height, width] zero with probability `rate`.

    The others are x / (1 - rate).  Tompson et al., 2015.
    """

    label: ClassVar[str] = "spatial_dropout2d"
    axes: ClassVar[int] = 2

    samples = (
        Sample("image", 0.25, (SampleInput((4, 5, 3)),)),
        Sample("channels first", 0.5, (_FIRST,), "torch"),
        Sample("any width", 0.5, (SampleInput((4, "width", 3)),)),
        Sample("another axis", {"rate": 0.5, "axis": 2}, (SampleInput((4, 3, 5)),)),
    )


@register_op
class SpatialDropout3D(SpatialDropout):
    """In training, channels [depth, height, width] zero with probability `rate`.

    The others are x / (1 - rate).  Tompson et al., 2015.
    """

    label: ClassVar[str] = "spatial_dropout3d"
    axes: ClassVar[int] = 3

    samples = (
        Sample("volume", 0.25, (SampleInput((2, 4, 5, 3)),)),
        Sample(
            "channels first",
            0.5,
            (SampleInput((3, 2, 4, 5), layout="channels_first"),),
            "torch",
        ),
        Sample("another axis", {"rate": 0.5, "axis": 2}, (SampleInput((2, 4, 3, 5)),)),
    )


class Noise(Op):
    """What changes each element by itself in training, and is the identity otherwise."""

    order: ClassVar[Order] = "elementwise"
    random: ClassVar[bool] = True

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        return {"output": inputs.first}


@register_op
class AlphaDropout(Noise):
    """In training, what SELU gives at minus infinity with probability `rate`, else x.

    Then a * x + b, by which mean and variance stay.  Klambauer et al., 2017.
    """

    label: ClassVar[str] = "alpha_dropout"
    leading: ClassVar[str | None] = "rate"
    spellings = _RATE

    rate: NotAll
    """The fraction that is dropped."""

    samples = (
        Sample("features", 0.25, (SampleInput((5,)),)),
        Sample("any length", 0.5, (SampleInput(("time", 3)),), "torch"),
        Sample("channels first", 0.1, (_FIRST,), "torch"),
        Sample("nothing dropped", 0, (SampleInput((5,)),)),
    )


@register_op
class GaussianDropout(Noise):
    """In training, x times normal numbers of mean 1 and variance rate / (1 - rate).

    Srivastava et al., 2014.
    """

    label: ClassVar[str] = "gaussian_dropout"
    leading: ClassVar[str | None] = "rate"
    normal: ClassVar[bool] = True
    spellings = _RATE

    rate: NotAll
    """The rate of the dropout whose variance the factors have."""

    samples = (
        Sample("features", 0.25, (SampleInput((5,)),)),
        Sample("any length", 0.5, (SampleInput(("time", 3)),), "torch"),
        Sample("channels first", 0.1, (_FIRST,), "torch"),
        Sample("no noise", 0, (SampleInput((5,)),)),
    )


@register_op
class GaussianNoise(Noise):
    """In training, x plus normal numbers of mean 0."""

    label: ClassVar[str] = "gaussian_noise"
    leading: ClassVar[str | None] = "stddev"
    normal: ClassVar[bool] = True
    spellings = {"std": "stddev", "sigma": "stddev", "scale": "stddev"}

    stddev: Fraction
    """The standard deviation of what is added, from 0 to 1."""

    samples = (
        Sample("features", 0.25, (SampleInput((5,)),)),
        Sample("any length", 1, (SampleInput(("time", 3)),), "torch"),
        Sample("channels first", 0.1, (_FIRST,), "torch"),
        Sample("no noise", 0, (SampleInput((5,)),)),
    )


@register_op
class StochasticDepth(Noise):
    """In training, whole examples zero with probability `rate`, else x / (1 - rate).

    Of a residual block's branch, whose sum then is the block's input alone.  Huang et
    al., 2016, scaled in training.
    """

    label: ClassVar[str] = "stochastic_depth"
    leading: ClassVar[str | None] = "rate"
    spellings = _RATE

    rate: Fraction
    """The fraction of the examples that is dropped."""

    samples = (
        Sample("features", 0.25, (SampleInput((5,)),)),
        Sample("any length", 0.5, (SampleInput(("time", 3)),), "torch"),
        Sample("channels first", 0.5, (_FIRST,), "torch"),
        Sample("nothing dropped", 0, (SampleInput((5,)),)),
        Sample("all dropped", 1, (SampleInput((5,)),)),
    )

    def drawn(self, inputs: Bound[tuple[int, ...]]) -> tuple[int, ...]:
        """One for each example."""
        batch, *sizes = inputs.first
        return (batch, *(1 for _ in sizes))


@register_op
class ActivityRegularization(Op):
    """The identity; training adds l1 * sum(|x|) + l2 * sum(x^2) to the loss.

    The sum is over an example, and the mean of the batch is added.
    """

    label: ClassVar[str] = "activity_regularization"
    order: ClassVar[Order] = "elementwise"

    l1: float = Field(default=0.0, ge=0)
    """The factor of sum(|x|)."""
    l2: float = Field(default=0.0, ge=0)
    """The factor of sum(x^2)."""

    samples = (
        Sample("features", {"l1": 0.25}, (SampleInput((5,)),)),
        Sample(
            "any length", {"l1": 0.5, "l2": 2}, (SampleInput(("time", 3)),), "torch"
        ),
        Sample("channels first", {"l2": 0.1}, (_FIRST,), "torch"),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        return {"output": inputs.first}
