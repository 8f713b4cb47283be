"""Pooling: the greatest or the mean of every window."""

from __future__ import annotations

from typing import ClassVar, Self

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    Bound,
    Count,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.window import Padding, Sizes, Windowed, reach, window_count


class Pool(Windowed):
    """One number per window and channel; the layout stays.

    Added cells hold minus infinity for a maximum and zero for a mean.
    """

    leading: ClassVar[str | None] = "pool_size"
    spellings = {
        "kernel_size": "pool_size",
        "size": "pool_size",
        "stride": "strides",
        "dilation": "dilation_rate",
    }

    pool_size: Sizes = default(2)
    """The size of the window."""
    strides: Sizes | None = None
    """How far the window moves; left out, its own size."""
    padding: Padding = "valid"
    """What is added around the input."""
    ceil_mode: bool = False
    """Whether the last window may hang over the end."""
    dilation_rate: Sizes = default(1)
    """The distance between the cells of a window."""

    @property
    def steps(self) -> tuple[int, ...]:
        """How far the window moves, per axis."""
        return self.strides or self.pool_size

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """Strides are filled in."""
        return self.filled(strides=self.steps)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout and channels."""
        found = self.spatial_input(inputs)
        window = tuple(map(reach, self.pool_size, self.dilation_rate))
        self._check_padding(window)
        counts = [
            window_count(
                length,
                self.padding if isinstance(self.padding, str) else self.padding[axis],
                self.pool_size[axis],
                self.steps[axis],
                self.dilation_rate[axis],
                self.ceil_mode,
            )
            for axis, length in enumerate(found.spatial)
        ]
        spatial = self.fitting(found, counts, window)
        return {"output": found.with_spatial(spatial, found.channels)}

    def _check_padding(self, window: tuple[int, ...]) -> None:
        if isinstance(self.padding, str):
            return
        for size, added in zip(window, self.padding, strict=True):
            if max(added) >= size:
                raise ShapeError(
                    f"{self.label}: padding {max(added)} must be less than the window "
                    f"of {size}, or a window would hold no input"
                )


class MaxPool(Pool):
    """The greatest of every window."""


class AveragePool(Pool):
    """The mean of every window.

    The divisor counts the window's cells that lie in the input, and those in the
    padding too with `count_include_pad`; cells beyond both are never counted.
    """

    count_include_pad: bool = by_semantics(keras=False, torch=True)
    """Whether added cells count in the mean."""
    divisor_override: Count | None = None
    """What the sum is divided by instead of a count."""


@register_op
class MaxPool1D(MaxPool):
    """The greatest of every window over [length, channels]."""

    label: ClassVar[str] = "max_pool1d"
    dims: ClassVar[int] = 1
    samples = (
        Sample("default", None, (SampleInput((7, 3)),)),
        Sample(
            "same, any length",
            {"pool_size": 3, "strides": 2, "padding": "same"},
            (SampleInput(("time", 2)),),
        ),
        Sample(
            "same, dilated, any length",
            {"pool_size": 3, "strides": 2, "padding": "same", "dilation_rate": 2},
            (SampleInput(("time", 2)),),
        ),
        Sample(
            "channels first, overhanging, a pair",
            {
                "pool_size": 3,
                "strides": 2,
                "padding": ((1, 0),),
                "ceil_mode": True,
                "dilation_rate": 2,
            },
            (SampleInput((2, 11), layout="channels_first"),),
            "torch",
        ),
    )


@register_op
class MaxPool2D(MaxPool):
    """The greatest of every window over [height, width, channels]."""

    label: ClassVar[str] = "max_pool2d"
    dims: ClassVar[int] = 2
    samples = (
        Sample("default", None, (SampleInput((7, 6, 3)),)),
        Sample(
            "same, overlapping",
            {"pool_size": 3, "strides": 2, "padding": "same"},
            (SampleInput((8, 7, 2)),),
        ),
        Sample(
            "channels first, integer padding",
            {"pool_size": 3, "strides": 2, "padding": 1},
            (SampleInput((3, 8, 7), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "overhanging, any size",
            {"pool_size": (3, 2), "strides": (2, 3), "ceil_mode": True},
            (SampleInput((3, "height", 8), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "dilated, padded beyond half a window",
            {"pool_size": 3, "strides": 2, "padding": 2, "dilation_rate": (1, 2)},
            (SampleInput((3, 8, 7), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "dilated, pairs",
            {
                "pool_size": (2, 3),
                "strides": 1,
                "padding": ((0, 1), (2, 1)),
                "dilation_rate": 2,
            },
            (SampleInput((7, 8, 3)),),
        ),
    )


@register_op
class AveragePool1D(AveragePool):
    """The mean of every window over [length, channels]."""

    label: ClassVar[str] = "average_pool1d"
    dims: ClassVar[int] = 1
    samples = (
        Sample("default", None, (SampleInput((7, 3)),)),
        Sample(
            "same, any length",
            {"pool_size": 3, "strides": 2, "padding": "same"},
            (SampleInput(("time", 2)),),
        ),
        Sample(
            "same, dilated, any length",
            {"pool_size": 3, "strides": 2, "padding": "same", "dilation_rate": 2},
            (SampleInput(("time", 2)),),
        ),
        Sample(
            "channels first, counting the padding",
            {"pool_size": 3, "strides": 2, "padding": 1},
            (SampleInput((2, 9), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "dilated, one divisor",
            {"pool_size": 3, "strides": 1, "dilation_rate": 2, "divisor_override": 4},
            (SampleInput((9, 2)),),
        ),
        Sample(
            "overhanging, not counting the padding",
            {
                "pool_size": 4,
                "strides": 3,
                "padding": ((1, 0),),
                "ceil_mode": True,
                "count_include_pad": False,
            },
            (SampleInput((7, 2)),),
        ),
    )


@register_op
class AveragePool2D(AveragePool):
    """The mean of every window over [height, width, channels]."""

    label: ClassVar[str] = "average_pool2d"
    dims: ClassVar[int] = 2
    samples = (
        Sample("default", None, (SampleInput((7, 6, 3)),)),
        Sample(
            "same, overlapping",
            {"pool_size": (3, 2), "strides": 2, "padding": "same"},
            (SampleInput((8, 7, 2)),),
        ),
        Sample(
            "overhanging, counting the padding",
            {"pool_size": 3, "strides": 2, "padding": 1, "ceil_mode": True},
            (SampleInput((3, 8, 9), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "pairs, not counting the padding",
            {
                "pool_size": (2, 3),
                "strides": (1, 2),
                "padding": ((1, 0), (0, 2)),
                "count_include_pad": False,
            },
            (SampleInput((3, 5, 8), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "dilated, padded",
            {"pool_size": (2, 3), "strides": 1, "padding": 1, "dilation_rate": (3, 2)},
            (SampleInput((7, 8, 2)),),
        ),
        Sample(
            "pairs, overhanging, counting the padding, any size",
            {
                "pool_size": (3, 4),
                "strides": 3,
                "padding": ((1, 0), (0, 2)),
                "ceil_mode": True,
            },
            (SampleInput((2, "height", 8), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "one divisor, any size",
            {"pool_size": 2, "divisor_override": 3},
            (SampleInput((3, "height", 8), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "same, counting the padding",
            {
                "pool_size": 3,
                "strides": 2,
                "padding": "same",
                "count_include_pad": True,
            },
            (SampleInput((8, 7, 2)),),
        ),
    )


@register_op
class MaxPool3D(MaxPool):
    """The greatest of every window over [depth, height, width, channels]."""

    label: ClassVar[str] = "max_pool3d"
    dims: ClassVar[int] = 3
    samples = (
        Sample("default", None, (SampleInput((5, 4, 6, 2)),)),
        Sample(
            "same, overlapping, any depth",
            {"pool_size": (2, 3, 1), "strides": (1, 2, 1), "padding": "same"},
            (SampleInput(("depth", 5, 4, 2)),),
        ),
        Sample(
            "dilated, padded, overhanging",
            {
                "pool_size": 2,
                "strides": (1, 2, 3),
                "padding": ((0, 1), (1, 1), (1, 0)),
                "dilation_rate": (1, 2, 1),
                "ceil_mode": True,
            },
            (SampleInput((2, 3, 4, 5), layout="channels_first"),),
            "torch",
        ),
    )


@register_op
class AveragePool3D(AveragePool):
    """The mean of every window over [depth, height, width, channels]."""

    label: ClassVar[str] = "average_pool3d"
    dims: ClassVar[int] = 3
    samples = (
        Sample("default", None, (SampleInput((5, 4, 6, 2)),)),
        Sample(
            "same, overlapping, any depth",
            {"pool_size": (2, 3, 1), "strides": (1, 2, 1), "padding": "same"},
            (SampleInput(("depth", 5, 4, 2)),),
        ),
        Sample(
            "channels first, counting the padding, one divisor",
            {"pool_size": 2, "padding": 1, "divisor_override": 3},
            (SampleInput((2, 3, 4, 5), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "of one cell, padded, any depth",
            {"pool_size": 2, "padding": 1},
            (SampleInput(("depth", 1, 5, 2)),),
        ),
        Sample(
            "dilated, overhanging, not counting the padding",
            {
                "pool_size": 2,
                "strides": (1, 2, 3),
                "padding": ((0, 1), (1, 1), (1, 0)),
                "dilation_rate": (1, 2, 1),
                "ceil_mode": True,
                "count_include_pad": False,
            },
            (SampleInput((3, 4, 5, 2)),),
        ),
    )
