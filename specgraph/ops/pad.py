"""Padding as a layer."""

from __future__ import annotations

from typing import ClassVar

from pydantic import ValidationInfo, field_validator

from specgraph.ops.base import (
    Bound,
    Sample,
    SampleInput,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.window import Amounts, Windowed, amount_forms, amounts


class ZeroPad(Windowed):
    """Zeros before and after each spatial axis."""

    leading: ClassVar[str | None] = "padding"

    padding: Amounts = default(1)
    """How many, for all axes, per axis, or as pairs per axis."""

    @field_validator("padding", mode="before")
    @classmethod
    def _padding(cls, value: object, info: ValidationInfo) -> object:
        if cls.dims == 1 and isinstance(value, list | tuple) and len(value) == 2:
            value = (value,)
        pairs = amounts(value, cls.dims)
        if pairs is None:
            one = "an integer (0 or more), or a list [before, after]"
            wanted = one if cls.dims == 1 else amount_forms(cls.dims)
            raise cls._refusal("padding", wanted, value)
        return pairs

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout and channels."""
        found = self.spatial_input(inputs)
        sizes = [
            length + before + after
            for length, (before, after) in zip(found.spatial, self.padding, strict=True)
        ]
        return {"output": found.with_spatial(tuple(sizes), found.channels)}


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
