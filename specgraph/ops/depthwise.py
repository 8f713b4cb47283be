"""Convolutions of each channel by itself, and of all channels after that."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    ActivationField,
    Bound,
    Count,
    Param,
    Sample,
    SampleInput,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.kernel import KAIMING_UNIFORM, PaddingMode, Sliding
from specgraph.ops.window import Padding, Sizes
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField


class DepthwiseConv(Sliding):
    """Every window of each channel times kernels of its own, plus a bias.

    The kernel is [*kernel_size, channels, depth_multiplier]; output channel c *
    depth_multiplier + j is channel c times its kernel j.
    """

    leading: ClassVar[str | None] = "kernel_size"
    spellings = {
        **Sliding.spellings,
        "kernel_initializer": "depthwise_initializer",
        "kernel_regularizer": "depthwise_regularizer",
        "kernel_constraint": "depthwise_constraint",
    }

    kernel_size: Sizes
    """The size of the window."""
    strides: Sizes = default(1)
    """How far the window moves."""
    padding: Padding = "valid"
    """What is added around the input."""
    depth_multiplier: Count = 1
    """The number of kernels, and so of output channels, for each channel."""
    dilation_rate: Sizes = default(1)
    """The distance between the cells of a window."""
    activation: ActivationField = None
    """What is applied to the result."""
    use_bias: bool = True
    """Whether a bias is added."""
    depthwise_initializer: InitializerField = by_semantics(
        keras="glorot_uniform", torch="fan_in_uniform"
    )
    """What the kernel is before training."""
    bias_initializer: InitializerField = by_semantics(
        keras="zeros", torch="fan_in_uniform"
    )
    depthwise_regularizer: RegularizerField = None
    """The penalty on the kernel in the loss."""
    bias_regularizer: RegularizerField = None
    depthwise_constraint: ConstraintField = None
    """What the kernel is brought back to after every step."""
    bias_constraint: ConstraintField = None
    padding_mode: PaddingMode = "zeros"
    """What the added cells hold; `reflect` does not repeat the border."""

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`kernel`, and `bias` [channels * depth_multiplier] if there is one."""
        channels = self.fixed(self.spatial_input(inputs).channels, "channels")
        fan = prod(self.kernel_size)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        kernel = self.weight("kernel", shape, "depthwise").with_fan(fan)
        return kernel, *self.bias(channels * self.depth_multiplier, fan)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout, with `depth_multiplier` times the channels."""
        channels = self.fixed(self.spatial_input(inputs).channels, "channels")
        return self.slid(inputs, channels * self.depth_multiplier)

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One per kernel element and output position."""
        positions = product(self.infer(inputs)["output"].spatial)
        return positions * self.params(inputs)[0].size


class SeparableConv(Sliding):
    """A depthwise convolution, then at each position all its channels times a matrix.

    The weights are `depthwise_kernel` [*kernel_size, channels, depth_multiplier] and
    `pointwise_kernel` [1, …, channels * depth_multiplier, filters]; the bias comes last.
    """

    spellings = {
        **Sliding.spellings,
        "kernel_initializer": "depthwise_initializer",
        "kernel_regularizer": "depthwise_regularizer",
        "kernel_constraint": "depthwise_constraint",
    }

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
    depth_multiplier: Count = 1
    """The number of depthwise kernels for each channel."""
    activation: ActivationField = None
    """What is applied to the result."""
    use_bias: bool = True
    """Whether a bias is added."""
    depthwise_initializer: InitializerField = by_semantics(
        keras="glorot_uniform", torch="fan_in_uniform"
    )
    """What the depthwise kernel is before training."""
    pointwise_initializer: InitializerField = by_semantics(
        keras="glorot_uniform", torch=KAIMING_UNIFORM
    )
    """What the pointwise kernel is before training."""
    bias_initializer: InitializerField = by_semantics(
        keras="zeros", torch="fan_in_uniform"
    )
    depthwise_regularizer: RegularizerField = None
    """The penalty on the depthwise kernel in the loss."""
    pointwise_regularizer: RegularizerField = None
    """The penalty on the pointwise kernel in the loss."""
    bias_regularizer: RegularizerField = None
    depthwise_constraint: ConstraintField = None
    """What the depthwise kernel is brought back to after every step."""
    pointwise_constraint: ConstraintField = None
    """What the pointwise kernel is brought back to after every step."""
    bias_constraint: ConstraintField = None
    padding_mode: PaddingMode = "zeros"
    """What the added cells hold; `reflect` does not repeat the border."""

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`depthwise_kernel`, `pointwise_kernel`, and `bias` [filters] if any."""
        channels = self.fixed(self.spatial_input(inputs).channels, "channels")
        between = channels * self.depth_multiplier
        depthwise = self.weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            "depthwise",
        )
        pointwise = self.weight(
            "pointwise_kernel", (*(1,) * self.dims, between, self.filters), "pointwise"
        )
        return (
            depthwise.with_fan(prod(self.kernel_size)),
            pointwise.with_fan(between),
            *self.bias(self.filters, between),
        )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout, with `filters` channels."""
        self.fixed(self.spatial_input(inputs).channels, "channels")
        return self.slid(inputs, self.filters)

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One per element of both kernels and output position."""
        positions = product(self.infer(inputs)["output"].spatial)
        depthwise, pointwise, *_ = self.params(inputs)
        return positions * (depthwise.size + pointwise.size)


_Call = dict[str, object]
"""Attributes as YAML says them."""

_DEPTHWISE: _Call = {
    "depthwise_initializer": "he_normal",
    "bias_initializer": "ones",
    "depthwise_regularizer": "l2",
    "bias_regularizer": "l1",
    "depthwise_constraint": {"unit_norm": (0, 2)},
    "bias_constraint": {"max_norm": 0.5},
}
_SEPARABLE: _Call = {
    **_DEPTHWISE,
    "depthwise_initializer": {"orthogonal": 2.0},
    "pointwise_initializer": "lecun_normal",
    "pointwise_regularizer": "l1",
    "depthwise_constraint": {"unit_norm": 0},
    "pointwise_constraint": {"max_norm": {"max_value": 0.5, "axis": -2}},
}


def _samples_1d(named: _Call, starts: _Call) -> tuple[Sample, ...]:
    return (
        Sample("plain", {**named, "kernel_size": 3}, (SampleInput((7, 2)),)),
        Sample(
            "same strided, several, any length",
            {
                **named,
                "kernel_size": 4,
                "depth_multiplier": 2,
                "padding": "same",
                "strides": 2,
                "activation": "silu",
            },
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "dilated, strided, replicate, initializers, penalties",
            {
                **named,
                "kernel_size": 3,
                "depth_multiplier": 2,
                "padding": ((1, 2),),
                "padding_mode": "replicate",
                "strides": 2,
                "dilation_rate": 2,
                **starts,
            },
            (SampleInput((9, 3)),),
        ),
        Sample(
            "channels first, no bias",
            {**named, "kernel_size": 3, "padding": 1, "use_bias": False},
            (SampleInput((2, 7), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "causal, any length",
            {**named, "kernel_size": 3, "padding": "causal", "dilation_rate": 2},
            (SampleInput(("time", 2)),),
        ),
    )


def _samples_2d(named: _Call, starts: _Call) -> tuple[Sample, ...]:
    return (
        Sample("plain", {**named, "kernel_size": (3, 2)}, (SampleInput((5, 4, 3)),)),
        Sample(
            "same, strides that differ, any size",
            {
                **named,
                "kernel_size": 3,
                "depth_multiplier": 2,
                "padding": "same",
                "strides": (2, 1),
                "activation": "silu",
            },
            (SampleInput((6, "width", 3)),),
        ),
        Sample(
            "same strided, softmax, no bias",
            {
                **named,
                "kernel_size": 3,
                "padding": "same",
                "strides": 2,
                "activation": "softmax",
                "use_bias": False,
            },
            (SampleInput((6, 5, 3)),),
        ),
        Sample(
            "dilated, strided, pairs, initializers, penalties",
            {
                **named,
                "kernel_size": (2, 3),
                "depth_multiplier": 2,
                "padding": ((1, 0), (2, 1)),
                "strides": 2,
                "dilation_rate": (3, 2),
                **starts,
            },
            (SampleInput((6, 7, 3)),),
        ),
        Sample(
            "channels first, reflect",
            {
                **named,
                "kernel_size": 3,
                "depth_multiplier": 2,
                "padding": (1, 2),
                "padding_mode": "reflect",
            },
            (SampleInput((2, 5, 4), layout="channels_first"),),
            "torch",
        ),
    )


@register_op
class DepthwiseConv1D(DepthwiseConv):
    """A convolution of each channel by itself over [length, channels]."""

    label: ClassVar[str] = "depthwise_conv1d"
    dims: ClassVar[int] = 1
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same", "causal")
    samples = _samples_1d({}, _DEPTHWISE)


@register_op
class DepthwiseConv2D(DepthwiseConv):
    """A convolution of each channel by itself over [height, width, channels]."""

    label: ClassVar[str] = "depthwise_conv2d"
    dims: ClassVar[int] = 2
    samples = _samples_2d({}, _DEPTHWISE)


@register_op
class SeparableConv1D(SeparableConv):
    """A depthwise and a pointwise convolution over [length, channels]."""

    label: ClassVar[str] = "separable_conv1d"
    dims: ClassVar[int] = 1
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same", "causal")
    samples = _samples_1d({"filters": 4}, _SEPARABLE)


@register_op
class SeparableConv2D(SeparableConv):
    """A depthwise and a pointwise convolution over [height, width, channels]."""

    label: ClassVar[str] = "separable_conv2d"
    dims: ClassVar[int] = 2
    samples = _samples_2d({"filters": 5}, _SEPARABLE)
