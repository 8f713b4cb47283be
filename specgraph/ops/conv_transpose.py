"""Transposed convolutions."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Self

from pydantic import field_validator, model_validator

from specgraph.definition import CallError, Problem, by_semantics
from specgraph.ops.base import (
    ActivationField,
    Bound,
    Count,
    Param,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    activated,
    default,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.kernel import KAIMING_UNIFORM, STARTS, Kernelled
from specgraph.ops.window import AmountPerAxis, Padding, Pairs, Sizes, reach, written
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField


class ConvTranspose(Kernelled):
    """Every cell of the input times a kernel, added up where the kernels overlap.

    The gradient of a convolution by its input. The kernels of neighbouring cells lie
    `strides` apart; padding is cut off what they cover. The kernel is [*kernel_size,
    filters // groups, channels], and group g of the filters sees group g of the
    channels.
    """

    filters: Count
    """The number of output channels."""
    kernel_size: Sizes
    """The size of the kernel."""
    strides: Sizes = default(1)
    """How far apart the kernels of neighbouring cells lie."""
    padding: Padding = by_semantics(keras="valid", torch=0)
    """What is cut off: nothing, what makes the output `strides` times the input (the
    odd one after), or explicit amounts."""
    output_padding: AmountPerAxis = None
    """Cells added after; left out, as many as make a `valid` output cover the strides,
    and none with explicit padding. With `same`, the output is then (length - 1) *
    strides + output_padding, plus 1 for an odd kernel."""
    dilation_rate: Sizes = default(1)
    """The distance between the cells of a kernel."""
    groups: Count = 1
    """Into how many separate convolutions the channels are divided."""
    activation: ActivationField = None
    """What is applied to the result."""
    use_bias: bool = True
    """Whether a bias is added."""
    kernel_initializer: InitializerField = by_semantics(
        keras="glorot_uniform", torch=KAIMING_UNIFORM
    )
    bias_initializer: InitializerField = by_semantics(
        keras="zeros", torch="fan_in_uniform"
    )
    kernel_regularizer: RegularizerField = None
    bias_regularizer: RegularizerField = None
    kernel_constraint: ConstraintField = None
    bias_constraint: ConstraintField = None

    @field_validator("output_padding", mode="before")
    @classmethod
    def _output_padding(cls, value: object) -> object:
        return None if value is None else cls.one_per_axis("output_padding", value, 0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.filters % self.groups:
            message = (
                f"{self.label}: filters must be a multiple of groups, "
                f"got {self.filters} filters and {self.groups} groups"
            )
            raise CallError(Problem("bad-value", message, ("groups",)))
        added = self.output_padding or (0,) * self.dims
        limits = map(max, self.strides, self.dilation_rate)
        if any(cells >= limit for cells, limit in zip(added, limits, strict=True)):
            message = (
                f"{self.label}: output_padding must be less than strides or "
                f"dilation_rate, got {list(added)}"
            )
            raise CallError(Problem("bad-value", message, ("output_padding",)))
        return self

    @property
    def reaches(self) -> tuple[int, ...]:
        """How many cells the kernel spans, per axis."""
        return tuple(map(reach, self.kernel_size, self.dilation_rate))

    @property
    def cut(self) -> Pairs:
        """What is cut before and after all that the kernels cover; zeros if below 0."""
        return tuple(map(self._cut, range(self.dims)))

    def _cut(self, axis: int) -> tuple[int, int]:
        span, stride = self.reaches[axis], self.strides[axis]
        added = None if self.output_padding is None else self.output_padding[axis]
        if self.padding == "valid":
            return 0, min(span - stride, 0) if added is None else -added
        if not isinstance(self.padding, str):
            before, after = self.padding[axis]
            return before, after - (added or 0)
        rest = span - (stride if added is None else span % 2 + added)
        before = max(rest, 0) // 2
        return before, rest - before

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`kernel`, and `bias` [filters] if there is one."""
        channels, filters = self._channels(inputs), self.filters // self.groups
        fan = prod(self.kernel_size) * filters
        kernel = self.weight("kernel", (*self.kernel_size, filters, channels))
        return kernel.with_fan(fan), *self.bias(self.filters, fan)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout, with `filters` channels."""
        found = self.spatial_input(inputs)
        self._channels(inputs)
        sizes: list[Dim] = [
            (length - 1) * stride + span - sum(cut)
            for length, stride, span, cut in zip(
                found.spatial, self.strides, self.reaches, self.cut, strict=True
            )
        ]
        if any(isinstance(size, int) and size < 1 for size in sizes):
            raise ShapeError(
                f"{self.label}: padding {written(self.padding)} cuts off all that "
                f"kernels of {list(self.reaches)} cover from {found}"
            )
        output = found.with_spatial(tuple(sizes), self.filters)
        return {"output": activated(self.activation, output)}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One per kernel element and input position."""
        positions = product(self.spatial_input(inputs).spatial)
        return positions * self.params(inputs)[0].size

    def _channels(self, inputs: Bound[TensorType]) -> int:
        channels = self.fixed(self.spatial_input(inputs).channels, "channels")
        if channels % self.groups:
            raise ShapeError(
                f"{self.label}: the channels must be a multiple of groups, got "
                f"{channels} channels and {self.groups} groups"
            )
        return channels


@register_op
class Conv1DTranspose(ConvTranspose):
    """A transposed convolution over [length, channels]."""

    label: ClassVar[str] = "conv1d_transpose"
    dims: ClassVar[int] = 1
    samples = (
        Sample("plain", {"filters": 4, "kernel_size": 3}, (SampleInput((5, 2)),)),
        Sample(
            "initializers and penalties",
            {"filters": 4, "kernel_size": 2, **STARTS},
            (SampleInput((5, 3)),),
        ),
        Sample(
            "output padding above the stride",
            {
                "filters": 4,
                "kernel_size": 2,
                "strides": 2,
                "dilation_rate": 4,
                "output_padding": 3,
            },
            (SampleInput((5, 3)),),
        ),
        Sample(
            "same strided, any length",
            {
                "filters": 4,
                "kernel_size": 5,
                "padding": "same",
                "strides": 2,
                "activation": "silu",
            },
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "channels first, dilated, groups, a pair",
            {
                "filters": 6,
                "kernel_size": 3,
                "padding": ((0, 2),),
                "strides": 3,
                "dilation_rate": 2,
                "output_padding": 1,
                "groups": 2,
                "use_bias": False,
            },
            (SampleInput((4, 5), layout="channels_first"),),
            "torch",
        ),
    )


@register_op
class Conv2DTranspose(ConvTranspose):
    """A transposed convolution over [height, width, channels]."""

    label: ClassVar[str] = "conv2d_transpose"
    dims: ClassVar[int] = 2
    samples = (
        Sample(
            "plain, stride above kernel",
            {"filters": 4, "kernel_size": 2, "strides": 3},
            (SampleInput((3, 5, 2)),),
        ),
        Sample(
            "same, odd and even",
            {
                "filters": 4,
                "kernel_size": (3, 4),
                "padding": "same",
                "strides": 2,
                "activation": "relu",
            },
            (SampleInput((3, 5, 2)),),
        ),
        Sample(
            "same, stride above kernel, no bias",
            {
                "filters": 4,
                "kernel_size": (1, 2),
                "padding": "same",
                "strides": 3,
                "use_bias": False,
            },
            (SampleInput(("height", 3, 2)),),
        ),
        Sample(
            "valid, output padding",
            {
                "filters": 3,
                "kernel_size": (3, 2),
                "strides": (2, 3),
                "output_padding": (1, 0),
            },
            (SampleInput((3, 5, 2)),),
        ),
        Sample(
            "same, output padding",
            {
                "filters": 3,
                "kernel_size": (3, 4),
                "padding": "same",
                "strides": 3,
                "output_padding": (0, 2),
            },
            (SampleInput((3, 5, 2)),),
        ),
        Sample(
            "channels first, integer padding, output padding, initializers, penalties",
            {
                "filters": 4,
                "kernel_size": 3,
                "padding": 1,
                "strides": 2,
                "output_padding": 1,
                **STARTS,
            },
            (SampleInput((3, 2, 5), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "channels first, pairs, softmax over the width",
            {
                "filters": 4,
                "kernel_size": (3, 4),
                "padding": ((2, 1), (0, 3)),
                "strides": 2,
                "activation": {"softmax": {"axis": -1}},
            },
            (SampleInput((3, 2, 5), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "dilated, groups, same",
            {
                "filters": 4,
                "kernel_size": (2, 3),
                "padding": "same",
                "dilation_rate": (2, 1),
                "groups": 2,
                "activation": "tanh",
            },
            (SampleInput((3, 5, 6)),),
        ),
    )


@register_op
class Conv3DTranspose(ConvTranspose):
    """A transposed convolution over [depth, height, width, channels]."""

    label: ClassVar[str] = "conv3d_transpose"
    dims: ClassVar[int] = 3
    samples = (
        Sample(
            "same strided, any depth",
            {"filters": 3, "kernel_size": 3, "padding": "same", "strides": (2, 1, 3)},
            (SampleInput(("depth", 4, 3, 2)),),
        ),
        Sample(
            "output padding, no bias",
            {
                "filters": 3,
                "kernel_size": 2,
                "strides": 2,
                "output_padding": (1, 0, 0),
                "activation": "relu",
                "use_bias": False,
            },
            (SampleInput((2, 3, 4, 5)),),
        ),
        Sample(
            "channels first, dilated, padding, groups, initializers, penalties",
            {
                "filters": 4,
                "kernel_size": (1, 2, 3),
                "groups": 2,
                **STARTS,
                "padding": (0, 1, 2),
                "strides": (1, 2, 1),
                "dilation_rate": (1, 1, 2),
            },
            (SampleInput((2, 3, 4, 5), layout="channels_first"),),
            "torch",
        ),
    )
