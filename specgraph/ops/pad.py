"""Padding as a layer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from specgraph.ops.base import (
    FLOATS,
    INPUT,
    INTEGERS,
    Bound,
    Op,
    Order,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.window import Amounts, Windowed

Amount = Annotated[int, Field(ge=0)]
"""A number of cells."""


class SpatialPad(Windowed):
    """Cells before and after each spatial axis."""

    leading: ClassVar[str | None] = "padding"

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout and channels."""
        found = self.spatial_input(inputs)
        sizes = [
            length + before + after
            for length, (before, after) in zip(found.spatial, self.padding, strict=True)
        ]
        return {"output": found.with_spatial(tuple(sizes), found.channels)}

    if TYPE_CHECKING:
        padding: Amounts


class ZeroPad(SpatialPad):
    """Zeros before and after each spatial axis."""

    padding: Amounts = default(1)
    """How many, for all axes, per axis, or as pairs per axis."""

    @field_validator("padding", mode="before")
    @classmethod
    def _padding(cls, value: object, info: ValidationInfo) -> object:
        return cls.amounts_around("padding", value)


class CopyPad(SpatialPad):
    """Copies of the input before and after each spatial axis."""

    padding: Amounts
    """How many, for all axes, per axis, as pairs per axis, or in PyTorch's order, the
    last axis first: [left, right, top, bottom]."""

    @field_validator("padding", mode="before")
    @classmethod
    def _padding(cls, value: object, info: ValidationInfo) -> object:
        if cls.dims == 2 and isinstance(value, list | tuple) and len(value) == 4:
            value = (tuple(value[2:]), tuple(value[:2]))
        return cls.amounts_around("padding", value)


class ReflectionPad(CopyPad):
    """The input mirrored about its border cells, which are not repeated."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout and channels."""
        found = self.spatial_input(inputs)
        for length, added in zip(found.spatial, self.padding, strict=True):
            self.enough(length, max(added) + 1, "reflect", inputs)
        return super().infer(inputs)


class ReplicationPad(CopyPad):
    """The border cells of the input repeated."""


@register_op
class ZeroPad1D(ZeroPad):
    """Zeros before and after the length; a list of two is [before, after]."""

    label: ClassVar[str] = "zero_pad1d"
    dims: ClassVar[int] = 1
    samples = (
        Sample("default, any length", None, (SampleInput(("time", 3)),)),
        Sample("before and after", (1, 2), (SampleInput((4, 3)),)),
        Sample(
            "channels first",
            ((0, 2),),
            (SampleInput((4, 3), layout="channels_first"),),
            "torch",
        ),
    )


@register_op
class ZeroPad2D(ZeroPad):
    """Zeros around height and width."""

    label: ClassVar[str] = "zero_pad2d"
    dims: ClassVar[int] = 2
    samples = (
        Sample("default", None, (SampleInput((4, 3, 2)),)),
        Sample("per axis, any size", (2, 0), (SampleInput(("height", 3, 2)),)),
        Sample("pairs", ((0, 1), (2, 3)), (SampleInput((4, 3, 2)),)),
        Sample(
            "channels first",
            ((3, 1), (0, 2)),
            (SampleInput((2, 4, 3), layout="channels_first"),),
            "torch",
        ),
    )


@register_op
class ZeroPad3D(ZeroPad):
    """Zeros around depth, height and width."""

    label: ClassVar[str] = "zero_pad3d"
    dims: ClassVar[int] = 3
    samples = (
        Sample("default, any depth", None, (SampleInput(("depth", 4, 3, 2)),)),
        Sample(
            "channels first, pairs",
            ((3, 1), (0, 2), (1, 1)),
            (SampleInput((2, 3, 4, 5), layout="channels_first"),),
            "torch",
        ),
    )


_COPIES_1D = (
    Sample("an integer", 2, (SampleInput((4, 3)),)),
    Sample("before and after", (1, 2), (SampleInput((4, 3)),)),
)
_COPIES_2D = (
    Sample("one for all", 1, (SampleInput((4, 3, 2)),)),
    Sample("pairs", ((0, 1), (2, 3)), (SampleInput((3, 4, 2)),)),
    Sample(
        "channels first, in PyTorch's order",
        (1, 2, 3, 0),
        (SampleInput((2, 4, 3), layout="channels_first"),),
        "torch",
    ),
)


@register_op
class ReflectionPad1D(ReflectionPad):
    """The length mirrored about both ends; a list of two is [before, after]."""

    label: ClassVar[str] = "reflection_pad1d"
    dims: ClassVar[int] = 1
    samples = _COPIES_1D


@register_op
class ReflectionPad2D(ReflectionPad):
    """Height and width mirrored about the border."""

    label: ClassVar[str] = "reflection_pad2d"
    dims: ClassVar[int] = 2
    samples = _COPIES_2D


@register_op
class ReplicationPad1D(ReplicationPad):
    """The ends of the length repeated; a list of two is [before, after]."""

    label: ClassVar[str] = "replication_pad1d"
    dims: ClassVar[int] = 1
    samples = _COPIES_1D


@register_op
class ReplicationPad2D(ReplicationPad):
    """The border of height and width repeated."""

    label: ClassVar[str] = "replication_pad2d"
    dims: ClassVar[int] = 2
    samples = _COPIES_2D


@register_op
class ConstantPad(Op):
    """One value before and after one axis."""

    label: ClassVar[str] = "pad"
    ports: ClassVar[tuple[Port, ...]] = (replace(INPUT, dtypes=FLOATS | INTEGERS),)
    order: ClassVar[Order] = "axes"
    spellings = {"constant_values": "value", "dim": "axis"}
    samples = (
        Sample(
            "after, a value",
            {"axis": 1, "after": 2, "value": -1.5},
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "channels first, the last axis",
            {"axis": -1, "before": 1, "after": 3},
            (SampleInput((2, 4, 3), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "numbers",
            {"axis": 1, "before": 2, "value": 7},
            (SampleInput((4,), dtype="int32", range=(0, 9)),),
        ),
    )

    axis: int
    """The axis that grows."""
    before: Amount = 0
    """How many cells are added before."""
    after: Amount = 0
    """How many cells are added after."""
    value: float = 0.0
    """What they hold."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type, longer along the axis."""
        found = inputs.first
        place = found.axis(self.axis) - 1
        if found.dtype in INTEGERS and not self.value.is_integer():
            raise ShapeError(f"{self.label}: {self.value} is no {found.dtype}")
        shape = list(found.shape)
        shape[place] = shape[place] + self.before + self.after
        return {"output": replace(found, shape=tuple(shape))}
