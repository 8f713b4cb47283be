"""Cutting cells off spatial axes."""

from __future__ import annotations

from typing import ClassVar

from pydantic import field_validator

from specgraph.ops.base import (
    Bound,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.window import Amounts, Windowed


class Crop(Windowed):
    """The input without cells before and after each spatial axis."""

    leading: ClassVar[str | None] = "cropping"

    cropping: Amounts = default(1)
    """How many, for all axes, per axis, or as pairs per axis."""

    @field_validator("cropping", mode="before")
    @classmethod
    def _cropping(cls, value: object) -> object:
        return cls.amounts_around("cropping", value)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout and channels."""
        found = self.spatial_input(inputs)
        sizes = [
            length - before - after
            for length, (before, after) in zip(
                found.spatial, self.cropping, strict=True
            )
        ]
        if any(isinstance(size, int) and size < 1 for size in sizes):
            cut = [list(pair) for pair in self.cropping]
            raise ShapeError(f"{self.label}: cropping {cut} leaves nothing of {found}")
        return {"output": found.with_spatial(tuple(sizes), found.channels)}


@register_op
class Crop1D(Crop):
    """The length without its ends; a list of two is [before, after]."""

    label: ClassVar[str] = "crop1d"
    dims: ClassVar[int] = 1
    samples = (
        Sample("default, any length", None, (SampleInput(("time", 3)),)),
        Sample("after", {"cropping": (0, 2)}, (SampleInput((4, 3)),)),
    )


@register_op
class Crop2D(Crop):
    """Height and width without their borders; none by default, as in Keras."""

    label: ClassVar[str] = "crop2d"
    dims: ClassVar[int] = 2
    samples = (
        Sample("default", None, (SampleInput((4, 3, 2)),)),
        Sample("per axis, any size", (2, 0), (SampleInput(("height", 3, 2)),)),
        Sample(
            "channels first, pairs",
            {"cropping": ((2, 0), (0, 1))},
            (SampleInput((2, 4, 3), layout="channels_first"),),
            "torch",
        ),
    )

    cropping: Amounts = default(0)
    """How many, for all axes, per axis, or as pairs per axis."""


@register_op
class Crop3D(Crop):
    """Depth, height and width without their borders."""

    label: ClassVar[str] = "crop3d"
    dims: ClassVar[int] = 3
    samples = (
        Sample("default, any depth", None, (SampleInput(("depth", 4, 3, 2)),)),
        Sample(
            "channels first, pairs",
            {"cropping": ((1, 1), (0, 2), (1, 0))},
            (SampleInput((2, 3, 4, 5), layout="channels_first"),),
            "torch",
        ),
    )
