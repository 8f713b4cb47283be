"""What depthwise and separable convolutions compute."""

from __future__ import annotations

from specgraph.ops.depthwise import (
    DepthwiseConv,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv,
    SeparableConv1D,
    SeparableConv2D,
)
from specgraph.ops.kernel import Sliding
from specgraph.reference.base import (
    Array,
    Evaluation,
    activate,
    channels_last,
    from_channels_last,
    reference,
)
from specgraph.reference.conv import slid


@reference(DepthwiseConv1D, DepthwiseConv2D)
def depthwise_conv(op: DepthwiseConv, at: Evaluation) -> Array:
    """A convolution with as many groups as channels."""
    y = _by_channel(op, at, at.params["kernel"])
    if op.use_bias:
        y = y + at.params["bias"]
    return activate(op.activation, from_channels_last(y, at.types.first))


@reference(SeparableConv1D, SeparableConv2D)
def separable_conv(op: SeparableConv, at: Evaluation) -> Array:
    """A convolution with as many groups as channels, then a matrix for each position."""
    between = _by_channel(op, at, at.params["depthwise_kernel"])
    matrix = at.params["pointwise_kernel"]
    y = between @ matrix.reshape(matrix.shape[-2:])
    if op.use_bias:
        y = y + at.params["bias"]
    return activate(op.activation, from_channels_last(y, at.types.first))


def _by_channel(op: Sliding, at: Evaluation, kernel: Array) -> Array:
    x = channels_last(at.inputs.first, at.types.first)
    grouped = kernel.reshape(*op.kernel_size, 1, -1)
    return slid(op, x, grouped, groups=kernel.shape[-2])
