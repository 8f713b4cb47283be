"""Scaling: by the root mean square, the length, given statistics, a learned factor."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    Axes,
    Bound,
    Op,
    Order,
    Param,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    listed,
    register_op,
)
from specgraph.training.initializers import Constant, Ones

FLOAT32_EPSILON = 2.0**-23
"""What `nn.RMSNorm` adds in float32 if nothing is said."""
LEAST_DEVIATION = 1e-7
"""What stands for a standard deviation below it."""
_FIRST = SampleInput((5, 4, 3), layout="channels_first")


@register_op
class RMSNorm(Op):
    """x / sqrt(mean of x^2 + epsilon) * scale, per example.

    The mean is over `axis`, whose shape the weight `scale` has.  Zhang & Sennrich, 2019.
    """

    label: ClassVar[str] = "rms_norm"
    spellings = {
        "eps": "epsilon",
        "normalized_shape": "axis",
        "elementwise_affine": "scale",
    }

    axis: Axes = -1
    """The axis, or the axes, that are normalized together."""
    epsilon: float = by_semantics(keras=1e-6, torch=FLOAT32_EPSILON, ge=0)
    """Added to the mean; under torch that of float32, whatever the type."""
    scale: bool = True
    """Whether the result is multiplied by the weight `scale`."""

    samples = (
        Sample("features", None, (SampleInput((5,)),)),
        Sample("any length", None, (SampleInput(("time", 4)),), "torch"),
        Sample("whole image", {"axis": (1, 2, 3)}, (SampleInput((4, 3, 2)),)),
        Sample("bare", {"epsilon": 0.01, "scale": False}, (SampleInput((4, 3)),)),
        Sample("an inner axis", {"axis": 1, "epsilon": 0.1}, (_FIRST,), "torch"),
        Sample("channels and width", {"axis": (1, 3)}, (_FIRST,), "torch"),
        Sample("two axes, counted back", {"axis": (-1, -3)}, (SampleInput((4, 3, 2)),)),
        Sample("frozen", None, (SampleInput((4,)),), trainable=False),
        Sample(
            "bare, over any length",
            {"axis": (1, 2), "scale": False},
            (SampleInput(("time", 3)),),
        ),
    )

    def axes_of(self, kind: TensorType) -> tuple[int, ...]:
        """The axes, counted from 0, in rising order; raises ShapeError."""
        return kind.axes(self.axis)

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`scale`, of the shape of the axes in rising order."""
        kind = inputs.first
        if not self.scale:
            return ()
        shape = tuple(
            self.fixed(kind.shape[axis - 1], "normalized features")
            for axis in self.axes_of(kind)
        )
        return (Param("scale", shape, Ones()),)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        self.axes_of(inputs.first)
        self.params(inputs)
        return {"output": inputs.first}


@register_op
class L2Normalize(Op):
    """x by its Euclidean length along `axis`, or by 1e-12 where that is shorter.

    Keras's `UnitNormalization`, PyTorch's `F.normalize`.
    """

    label: ClassVar[str] = "l2_normalize"
    leading: ClassVar[str | None] = "axis"
    order: ClassVar[Order] = "axes"
    spellings = {"dim": "axis"}

    axis: Axes = by_semantics(keras=-1, torch=1)
    """The axis, or the axes, along which the squares sum to one."""

    samples = (
        Sample("features", None, (SampleInput((5,)),)),
        Sample("any length", None, (SampleInput((4, "time")),), "torch"),
        Sample("channels first", None, (_FIRST,), "torch"),
        Sample("axis", 2, (SampleInput((4, 3, 5)),)),
        Sample("two axes", {"axis": (1, -1)}, (SampleInput((4, 3, 5)),)),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        inputs.first.axes(self.axis)
        return {"output": inputs.first}


def _variance(value: object) -> object:
    numbers = value if isinstance(value, tuple) else (value,)
    if any(isinstance(number, int | float) and number < 0 for number in numbers):
        raise ValueError("a variance is not below 0")
    return value


Statistic = Annotated[
    float | Annotated[tuple[float, ...], Field(min_length=1)], BeforeValidator(listed)
]
"""A number for all, or one for each place of an axis."""


@register_op
class Normalization(Op):
    """(x - mean) / sqrt(variance), both given; nothing is learned.

    A standard deviation below 1e-7 counts as 1e-7.  Keras's `Normalization`.
    """

    label: ClassVar[str] = "normalization"
    order: ClassVar[Order] = "axes"

    mean: Statistic
    """The mean, or a list of means along `axis`."""
    variance: Annotated[Statistic, AfterValidator(_variance)]
    """The variance, or a list of variances along `axis`."""
    axis: int = -1
    """The axis along which lists run."""
    invert: bool = False
    """Whether x * sqrt(variance) + mean is computed instead."""

    samples = (
        Sample("features", {"mean": 0.5, "variance": 0.0625}, (SampleInput((5,)),)),
        Sample(
            "one a channel",
            {"mean": (0.485, 0.456, 0.406), "variance": (0.052, 0.05, 0.051)},
            (SampleInput((4, 5, 3)),),
        ),
        Sample(
            "channels first",
            {"axis": 1, "mean": (0.1, -0.7), "variance": 4},
            (SampleInput((2, 4, 3), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "inverted, any length",
            {"mean": -2, "variance": (0.3, 0), "invert": True},
            (SampleInput(("time", 2)),),
        ),
        Sample(
            "inverted by a number",
            {"mean": 3, "variance": 0.7, "invert": True},
            (SampleInput((4,)),),
            "torch",
        ),
    )

    @property
    def deviation(self) -> float | tuple[float, ...]:
        """The standard deviations."""
        if isinstance(self.variance, tuple):
            return tuple(max(math.sqrt(v), LEAST_DEVIATION) for v in self.variance)
        return max(math.sqrt(self.variance), LEAST_DEVIATION)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        kind = inputs.first
        size = kind.shape[kind.axis(self.axis) - 1]
        for name, given in (("mean", self.mean), ("variance", self.variance)):
            if isinstance(given, tuple) and len(given) != size:
                raise ShapeError(
                    f"normalization: {name} has {len(given)} numbers, and axis "
                    f"{self.axis} of {kind} is {size} long"
                )
        return {"output": kind}


@register_op
class LayerScale(Op):
    """x * gamma, one learned factor a channel (Touvron et al., 2021)."""

    label: ClassVar[str] = "layer_scale"
    leading: ClassVar[str | None] = "init_values"
    order: ClassVar[Order] = "axes"
    spellings = {"init_value": "init_values", "layer_scale_init_value": "init_values"}

    init_values: float = 1e-6
    """What every factor starts as."""
    axis: int | None = None
    """The axis of the channels; left out, the value's own."""

    samples = (
        Sample("features", None, (SampleInput((5,)),)),
        Sample("image", 0.1, (SampleInput((4, 3, 5)),)),
        Sample("channels first", 1, (_FIRST,), "torch"),
        Sample(
            "any length", {"axis": 1, "init_values": 0.5}, (SampleInput((3, "time")),)
        ),
        Sample("frozen", None, (SampleInput((4,)),), "torch", trainable=False),
    )

    def axis_of(self, kind: TensorType) -> int:
        """The axis of the channels, counted from 0; raises ShapeError."""
        if not kind.shape:
            raise ShapeError("layer_scale needs [..., channels], got [], one number")
        return kind.channel_axis if self.axis is None else kind.axis(self.axis)

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The axis is filled in."""
        if self.axis is not None:
            return self
        kind = inputs.first
        first = kind.layout == "channels_first"
        return self.filled(axis=self.axis_of(kind) if first else -1)

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`gamma`, one number a channel."""
        kind = inputs.first
        channels = self.fixed(kind.shape[self.axis_of(kind) - 1], "channels")
        return (Param("gamma", (channels,), Constant(value=self.init_values)),)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        self.params(inputs)
        return {"output": inputs.first}
