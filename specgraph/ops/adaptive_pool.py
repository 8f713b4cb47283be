"""Pooling to a size: windows that follow from what goes in and what is to come out."""

from __future__ import annotations

from typing import ClassVar

from specgraph.ops.base import Bound, Sample, SampleInput, TensorType, register_op
from specgraph.ops.window import Sizes, Windowed


class AdaptivePool(Windowed):
    """One number per window and channel; the layout stays.

    Of `length` cells, output i sees those from floor(i length / size) up to ceil((i + 1)
    length / size), which it does not see: windows may overlap, and differ by one cell.
    """

    leading: ClassVar[str | None] = "output_size"
    spellings = {"size": "output_size", "target_size": "output_size"}

    output_size: Sizes
    """The spatial size of the output."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout and channels."""
        found = self.spatial_input(inputs)
        return {"output": found.with_spatial(self.output_size, found.channels)}


class AdaptiveAveragePool(AdaptivePool):
    """The mean of every window."""


class AdaptiveMaxPool(AdaptivePool):
    """The greatest of every window."""


_1D = (
    Sample("windows that differ", 3, (SampleInput((7, 2)),)),
    Sample(
        "channels first, more than there are",
        {"output_size": 5},
        (SampleInput((2, 3), layout="channels_first"),),
        "torch",
    ),
    Sample("any length", 3, (SampleInput(("time", 2)),)),
    Sample("one cell for several windows", 3, (SampleInput((1, 2)),)),
)
_2D = (
    Sample("windows that differ", (3, 2), (SampleInput((8, 5, 4)),)),
    Sample("one axis", (7, 3), (SampleInput((7, 5, 2)),)),
    Sample(
        "channels first",
        {"output_size": 2},
        (SampleInput((3, 5, 4), layout="channels_first"),),
        "torch",
    ),
    Sample("any width", (3, 2), (SampleInput((5, "width", 4)),)),
)


@register_op
class AdaptiveAveragePool1D(AdaptiveAveragePool):
    """The mean of windows that together give a length."""

    label: ClassVar[str] = "adaptive_average_pool1d"
    dims: ClassVar[int] = 1
    samples = _1D


@register_op
class AdaptiveAveragePool2D(AdaptiveAveragePool):
    """The mean of windows that together give a height and width."""

    label: ClassVar[str] = "adaptive_average_pool2d"
    dims: ClassVar[int] = 2
    samples = _2D


@register_op
class AdaptiveMaxPool1D(AdaptiveMaxPool):
    """The greatest of windows that together give a length."""

    label: ClassVar[str] = "adaptive_max_pool1d"
    dims: ClassVar[int] = 1
    samples = _1D


@register_op
class AdaptiveMaxPool2D(AdaptiveMaxPool):
    """The greatest of windows that together give a height and width."""

    label: ClassVar[str] = "adaptive_max_pool2d"
    dims: ClassVar[int] = 2
    samples = _2D
