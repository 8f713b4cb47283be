"""Images and sequences in another size."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from specgraph.definition import CallError, Problem, by_semantics
from specgraph.ops.base import (
    Bound,
    Count,
    Op,
    Order,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.dims import exact_div
from specgraph.ops.window import Sizes, Windowed


class Upsample(Windowed):
    """Every cell so many times, along each spatial axis."""

    leading: ClassVar[str | None] = "size"
    spellings = {"scale_factor": "size", "factor": "size", "mode": "interpolation"}

    size: Sizes = default(2)
    """By how much each spatial axis grows."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout and channels."""
        found = self.spatial_input(inputs)
        pairs = zip(found.spatial, self.size, strict=True)
        sizes = tuple(length * size for length, size in pairs)
        return {"output": found.with_spatial(sizes, found.channels)}


@register_op
class Upsample1D(Upsample):
    """Every step `size` times."""

    label: ClassVar[str] = "upsample1d"
    dims: ClassVar[int] = 1
    samples = (
        Sample("default, any length", None, (SampleInput(("time", 3)),)),
        Sample(
            "channels first",
            {"size": 3},
            (SampleInput((2, 4), layout="channels_first"),),
            "torch",
        ),
    )


@register_op
class Upsample2D(Upsample):
    """Every cell as a block of `size`, or cells interpolated between neighbours."""

    label: ClassVar[str] = "upsample2d"
    dims: ClassVar[int] = 2
    samples = (
        Sample("default, any size", None, (SampleInput(("height", 3, 2)),)),
        Sample("bilinear", {"interpolation": "bilinear"}, (SampleInput((4, 3, 2)),)),
        Sample(
            "channels first, per axis, bilinear, any size",
            {"size": (2, 3), "interpolation": "bilinear"},
            (SampleInput((2, "height", 3), layout="channels_first"),),
            "torch",
        ),
        Sample("per axis", (3, 1), (SampleInput((4, 3, 2)),)),
    )

    interpolation: Literal["nearest", "bilinear"] = "nearest"
    """`nearest` repeats cells; `bilinear` takes cells' centres as points of a line."""


@register_op
class Upsample3D(Upsample):
    """Every cell as a block of `size`."""

    label: ClassVar[str] = "upsample3d"
    dims: ClassVar[int] = 3
    samples = (
        Sample("default, any depth", None, (SampleInput(("depth", 3, 4, 2)),)),
        Sample(
            "channels first, per axis",
            {"size": (1, 3, 2)},
            (SampleInput((2, 4, 3, 5), layout="channels_first"),),
            "torch",
        ),
    )


@register_op
class PixelShuffle(Op):
    """Blocks of space from the channels (Shi et al., 2016).

    Channel (c r + y) r + x of the input is channel c of the output at row y and column
    x of each r by r block, as in PyTorch; TensorFlow's `depth_to_space` counts the
    channels of the output last.
    """

    label: ClassVar[str] = "pixel_shuffle"
    leading: ClassVar[str | None] = "upscale_factor"
    order: ClassVar[Order] = "spatial"
    spellings = {"block_size": "upscale_factor", "factor": "upscale_factor"}
    samples = (
        Sample("any size", 2, (SampleInput(("height", 3, 8)),)),
        Sample(
            "channels first",
            {"upscale_factor": 3},
            (SampleInput((18, 2, 4), layout="channels_first"),),
            "torch",
        ),
    )

    upscale_factor: Count
    """r: by how much height and width grow."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout, with `upscale_factor`² times fewer channels."""
        found = inputs.first
        if len(found.shape) != 3:
            raise ShapeError(
                f"{self.label} needs height, width and channels, got {found}"
            )
        blocks = self.upscale_factor**2
        channels = exact_div(found.channels, blocks)
        if channels is None:
            raise ShapeError(
                f"{self.label}: the channels must be a multiple of {blocks}, got "
                f"{found.channels}"
            )
        height, width = (length * self.upscale_factor for length in found.spatial)
        return {"output": found.with_spatial((height, width), channels)}


_FIRST = SampleInput((2, 4, 6), layout="channels_first")

Interpolation = Literal["nearest", "bilinear", "bicubic"]
Border = Literal["drop", "replicate"]


@register_op
class Resize(Windowed):
    """An image of another size, interpolated along height and width in turn.

    Output cell i of m lies at (i + 1/2) n / m - 1/2 of an axis of n cells. `bilinear`
    weighs the cells by max(0, 1 - d), d their distance from there, and `bicubic` by
    Keys's kernel (1981); the weights of a cell sum to 1.
    """

    label: ClassVar[str] = "resize"
    leading: ClassVar[str | None] = "size"
    dims: ClassVar[int] = 2
    spellings = {
        "mode": "interpolation",
        "output_size": "size",
        "target_size": "size",
    }
    samples = (
        Sample("bilinear, up and down", (7, 3), (SampleInput((4, 5, 2)),)),
        Sample("any size", {"size": 4}, (SampleInput(("height", "width", 2)),)),
        Sample(
            "nearest",
            {"size": (7, 4), "interpolation": "nearest"},
            (SampleInput((3, 6, 2)),),
        ),
        Sample(
            "nearest by the start of a cell",
            {"size": (7, 4), "interpolation": "nearest", "half_pixel_centers": False},
            (SampleInput((3, 6, 2)),),
        ),
        Sample("channels first", (5, 8), (_FIRST,), "torch"),
        Sample(
            "antialias",
            {"size": (3, 7), "interpolation": "bilinear", "antialias": True},
            (SampleInput((8, 5, 2)),),
        ),
        Sample(
            "bicubic up",
            {"size": (7, 9), "interpolation": "bicubic"},
            (SampleInput((5, 4, 2)),),
        ),
        Sample(
            "bicubic down",
            {"size": (3, 4), "interpolation": "bicubic"},
            (SampleInput((7, 9, 2)),),
        ),
        Sample(
            "bicubic antialias",
            {"size": (3, 7), "interpolation": "bicubic", "antialias": True},
            (SampleInput((8, 5, 2)),),
        ),
        Sample(
            "bicubic of PyTorch",
            {"size": (7, 3), "interpolation": "bicubic"},
            (_FIRST,),
            "torch",
        ),
        Sample(
            "bicubic, corners, one coefficient",
            {
                "size": (7, 3),
                "interpolation": "bicubic",
                "align_corners": True,
                "cubic_coefficient": -0.6,
                "border": "replicate",
            },
            (SampleInput((4, 6, 2)),),
        ),
        Sample(
            "bilinear, corners",
            {"size": (7, 3), "interpolation": "bilinear", "align_corners": True},
            (SampleInput((4, 6, 2)),),
        ),
    )

    size: Sizes
    """Height and width of the output."""
    interpolation: Interpolation = by_semantics(keras="bilinear", torch="nearest")
    """How cells between cells are made."""
    antialias: bool = False
    """Whether the kernel widens by what an axis shrinks."""
    align_corners: bool = False
    """Whether output cell i lies at i (n - 1) / (m - 1) instead: corner on corner."""
    half_pixel_centers: bool = by_semantics(keras=True, torch=False)
    """Whether `nearest` takes the cell below an output cell's centre, floor((i + 1/2) n
    / m), or the one below its start, floor(i n / m); the others always go by centres."""
    cubic_coefficient: float | None = by_semantics(keras=-0.5, torch=None)
    """The slope of the cubic kernel at distance 1; left open, PyTorch's -0.75, and -0.5
    with `antialias`."""
    border: Border | None = by_semantics(keras="drop", torch=None)
    """What `bicubic` does with cells beyond the border: `drop` spreads their weights
    over the others, `replicate` takes the border's for them; left open, `replicate`,
    and `drop` with `antialias`."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.antialias and (self.align_corners or self.interpolation == "nearest"):
            other = "align_corners" if self.align_corners else "nearest"
            message = f"{self.label}: antialias does not go with {other}"
            raise CallError(Problem("bad-value", message, ("antialias",)))
        if self.antialias and self.border == "replicate":
            message = f"{self.label}: antialias does not go with border replicate"
            raise CallError(Problem("bad-value", message, ("border",)))
        if self.align_corners and self.interpolation == "nearest":
            message = f"{self.label}: align_corners does not go with nearest"
            raise CallError(Problem("bad-value", message, ("align_corners",)))
        return self

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """What is left open of `bicubic` is filled in."""
        slope = -0.5 if self.antialias else -0.75
        border = "drop" if self.antialias else "replicate"
        if self.cubic_coefficient is not None:
            slope = self.cubic_coefficient
        return self.filled(cubic_coefficient=slope, border=self.border or border)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout and channels."""
        found = self.spatial_input(inputs)
        return {"output": found.with_spatial(self.size, found.channels)}
