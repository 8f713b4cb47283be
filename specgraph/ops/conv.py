"""Convolutions."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Self

from pydantic import model_validator

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
    default,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.kernel import KAIMING_UNIFORM, STARTS, PaddingMode, Sliding
from specgraph.ops.window import Padding, Sizes
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField


class Conv(Sliding):
    """Every window of the input times a kernel (cross-correlation), plus a bias.

    Input and output are [*spatial, channels] in the value's layout; the kernel is
    [*kernel_size, channels // groups, filters], and group g of the filters sees group
    g of the channels.
    """

    filters: Count
    """The number of output channels."""
    kernel_size: Sizes
    """The size of the window."""
    strides: Sizes = default(1)
    """How far the window moves."""
    padding: Padding = "valid"
    """What is added around the input."""
    dilation_rate: Sizes = default(1)
    """The distance between the cells of a window."""
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
    padding_mode: PaddingMode = "zeros"
    """What the added cells hold; `reflect` does not repeat the border."""

    @model_validator(mode="after")
    def _groups_divide_filters(self) -> Self:
        if self.filters % self.groups:
            message = (
                f"{self.label}: filters must be a multiple of groups, "
                f"got {self.filters} filters and {self.groups} groups"
            )
            raise CallError(Problem("bad-value", message, ("groups",)))
        return self

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`kernel`, and `bias` [filters] if there is one."""
        channels = self._channels(inputs) // self.groups
        fan = prod(self.kernel_size) * channels
        kernel = self.weight("kernel", (*self.kernel_size, channels, self.filters))
        return kernel.with_fan(fan), *self.bias(self.filters, fan)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout, with `filters` channels."""
        self._channels(inputs)
        return self.slid(inputs, self.filters)

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One per kernel element and output position."""
        positions = product(self.infer(inputs)["output"].spatial)
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
class Conv1D(Conv):
    """A convolution over [length, channels]."""

    label: ClassVar[str] = "conv1d"
    dims: ClassVar[int] = 1
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same", "causal")
    samples = (
        Sample("plain", {"filters": 5, "kernel_size": 3}, (SampleInput((7, 2)),)),
        Sample(
            "causal dilated, any length",
            {
                "filters": 5,
                "kernel_size": 3,
                "padding": "causal",
                "dilation_rate": 2,
                "activation": "tanh",
            },
            (SampleInput(("time", 2)),),
        ),
        Sample(
            "causal strided",
            {"filters": 5, "kernel_size": 4, "padding": "causal", "strides": 3},
            (SampleInput((11, 2)),),
        ),
        Sample(
            "same strided, any length",
            {"filters": 4, "kernel_size": 5, "padding": "same", "strides": 2},
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "same, dilated, strided, any length",
            {
                "filters": 4,
                "kernel_size": 4,
                "padding": "same",
                "strides": 2,
                "dilation_rate": 3,
                "activation": {"leaky_relu": 0.25},
            },
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "channels first, a pair, groups",
            {
                "filters": 6,
                "kernel_size": 3,
                "padding": ((0, 2),),
                "groups": 2,
                "use_bias": False,
            },
            (SampleInput((4, 7), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "circular same",
            {
                "filters": 5,
                "kernel_size": 4,
                "padding": "same",
                "padding_mode": "circular",
            },
            (SampleInput((3, 7), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "initializers and penalties",
            {"filters": 4, "kernel_size": 2, **STARTS},
            (SampleInput((5, 3)),),
        ),
    )


@register_op
class Conv2D(Conv):
    """A convolution over [height, width, channels]."""

    label: ClassVar[str] = "conv2d"
    dims: ClassVar[int] = 2
    samples = (
        Sample("plain", {"filters": 5, "kernel_size": 3}, (SampleInput((7, 6, 2)),)),
        Sample(
            "same, even kernel",
            {
                "filters": 5,
                "kernel_size": (2, 4),
                "padding": "same",
                "activation": "relu",
            },
            (SampleInput((7, 6, 3)),),
        ),
        Sample(
            "same strided, even and odd size",
            {"filters": 5, "kernel_size": 3, "padding": "same", "strides": 2},
            (SampleInput((8, 7, 2)),),
        ),
        Sample(
            "same, stride above kernel, no bias",
            {
                "filters": 5,
                "kernel_size": 2,
                "padding": "same",
                "strides": 3,
                "use_bias": False,
            },
            (SampleInput((8, 7, 3)),),
        ),
        Sample(
            "channels first, log-softmax over the filters",
            {"filters": 5, "kernel_size": 2, "activation": {"log_softmax": 1}},
            (SampleInput((2, 4, 6), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "dilated, strided",
            {
                "filters": 4,
                "kernel_size": (3, 2),
                "padding": "same",
                "strides": (2, 1),
                "dilation_rate": (2, 3),
            },
            (SampleInput((9, 8, 3)),),
        ),
        Sample(
            "groups, initializers, penalties",
            {"filters": 6, "kernel_size": 2, "groups": 2, **STARTS},
            (SampleInput((5, 7, 4)),),
        ),
        Sample(
            "channels first, integer padding, strided",
            {"filters": 5, "kernel_size": 3, "padding": 1, "strides": 2},
            (SampleInput((3, 7, 8), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "channels first, pairs",
            {"filters": 4, "kernel_size": 3, "padding": ((0, 2), (1, 3))},
            (SampleInput((2, 5, 7), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "channels first, softmax over the width",
            {
                "filters": 4,
                "kernel_size": 3,
                "padding": 1,
                "activation": {"softmax": {"axis": -1}},
            },
            (SampleInput((2, 5, 7), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "reflect",
            {
                "filters": 4,
                "kernel_size": 3,
                "padding": (2, 1),
                "padding_mode": "reflect",
            },
            (SampleInput((2, 5, 6), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "replicate same strided, any size",
            {
                "filters": 4,
                "kernel_size": 3,
                "padding": "same",
                "strides": 2,
                "padding_mode": "replicate",
            },
            (SampleInput((2, "height", 6), layout="channels_first"),),
            "torch",
        ),
    )


@register_op
class Conv3D(Conv):
    """A convolution over [depth, height, width, channels]."""

    label: ClassVar[str] = "conv3d"
    dims: ClassVar[int] = 3
    samples = (
        Sample("plain", {"filters": 4, "kernel_size": 2}, (SampleInput((4, 3, 5, 2)),)),
        Sample(
            "same, strided, any depth",
            {
                "filters": 3,
                "kernel_size": (3, 2, 1),
                "padding": "same",
                "strides": (2, 1, 2),
                "activation": {"leaky_relu": 0.25},
            },
            (SampleInput(("depth", 4, 5, 2)),),
        ),
        Sample(
            "dilated, strided, pairs, no bias",
            {
                "filters": 3,
                "kernel_size": 2,
                "strides": 2,
                "padding": ((1, 0), (0, 2), (1, 1)),
                "dilation_rate": (1, 2, 3),
                "use_bias": False,
            },
            (SampleInput((3, 5, 4, 2)),),
        ),
        Sample(
            "channels first, integer padding, groups, initializers, penalties",
            {"filters": 6, "kernel_size": 2, "padding": 1, "groups": 2, **STARTS},
            (SampleInput((4, 2, 3, 5), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "reflect",
            {
                "filters": 3,
                "kernel_size": 2,
                "padding": (0, 2, 1),
                "padding_mode": "reflect",
            },
            (SampleInput((2, 3, 4, 5), layout="channels_first"),),
            "torch",
        ),
    )
