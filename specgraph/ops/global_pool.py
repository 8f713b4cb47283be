"""Pooling over all of space: the greatest or the mean of every channel."""

from __future__ import annotations

from typing import ClassVar

from specgraph.ops.base import (
    Bound,
    Order,
    Sample,
    SampleInput,
    TensorType,
    register_op,
)
from specgraph.ops.window import Windowed


class GlobalPool(Windowed):
    """One number per channel: [channels], or all axes with size 1 if `keepdims`."""

    order: ClassVar[Order] = "spatial"
    spellings = {"keepdim": "keepdims", "keep_dims": "keepdims"}

    keepdims: bool = False
    """Whether the spatial axes stay, with size 1."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """[channels] without layout, or the input's layout with `keepdims`."""
        found = self.spatial_input(inputs)
        if self.keepdims:
            return {"output": found.with_spatial((1,) * self.dims, found.channels)}
        return {"output": TensorType((found.channels,), found.dtype)}


class GlobalMaxPool(GlobalPool):
    """The greatest over all spatial axes."""


class GlobalAveragePool(GlobalPool):
    """The mean over all spatial axes."""


_GLOBAL_1D = (
    Sample("any length", None, (SampleInput(("time", 3)),)),
    Sample(
        "channels first, axes kept",
        {"keepdims": True},
        (SampleInput((2, 5), layout="channels_first"),),
        "torch",
    ),
)
_GLOBAL_2D = (
    Sample("default", None, (SampleInput((4, 5, 3)),)),
    Sample("axes kept", {"keepdims": True}, (SampleInput((4, "width", 3)),)),
    Sample(
        "channels first",
        None,
        (SampleInput((2, 5, 4), layout="channels_first"),),
        "torch",
    ),
    Sample(
        "channels first, axes kept",
        {"keepdims": True},
        (SampleInput((2, 5, 4), layout="channels_first"),),
        "torch",
    ),
)
_GLOBAL_3D = (
    Sample("any depth", None, (SampleInput(("depth", 4, 2, 3)),)),
    Sample(
        "channels first, axes kept",
        {"keepdims": True},
        (SampleInput((2, 5, 4, 3), layout="channels_first"),),
        "torch",
    ),
)


@register_op
class GlobalMaxPool1D(GlobalMaxPool):
    """The greatest over the length."""

    label: ClassVar[str] = "global_max_pool1d"
    dims: ClassVar[int] = 1
    samples = _GLOBAL_1D


@register_op
class GlobalMaxPool2D(GlobalMaxPool):
    """The greatest over height and width."""

    label: ClassVar[str] = "global_max_pool2d"
    dims: ClassVar[int] = 2
    samples = _GLOBAL_2D


@register_op
class GlobalAveragePool1D(GlobalAveragePool):
    """The mean over the length."""

    label: ClassVar[str] = "global_average_pool1d"
    dims: ClassVar[int] = 1
    samples = _GLOBAL_1D


@register_op
class GlobalAveragePool2D(GlobalAveragePool):
    """The mean over height and width."""

    label: ClassVar[str] = "global_average_pool2d"
    dims: ClassVar[int] = 2
    samples = _GLOBAL_2D


@register_op
class GlobalMaxPool3D(GlobalMaxPool):
    """The greatest over depth, height and width."""

    label: ClassVar[str] = "global_max_pool3d"
    dims: ClassVar[int] = 3
    samples = _GLOBAL_3D


@register_op
class GlobalAveragePool3D(GlobalAveragePool):
    """The mean over depth, height and width."""

    label: ClassVar[str] = "global_average_pool3d"
    dims: ClassVar[int] = 3
    samples = _GLOBAL_3D
