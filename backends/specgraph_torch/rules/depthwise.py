"""Depthwise and separable convolutions: `nn.Conv2d` and its kin with groups."""

from __future__ import annotations

from math import prod

from specgraph.lower.code import call
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import Slot, slot
from specgraph.ops.base import Param
from specgraph.ops.depthwise import (
    DepthwiseConv,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv,
    SeparableConv1D,
    SeparableConv2D,
)
from specgraph.training.initializers import FanInUniform
from specgraph_torch.initializers import inits
from specgraph_torch.rules.activation import activated
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.conv import layer_of, padded_before

RULES.rewrite(DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D)(
    padded_before
)


@RULES.lower(DepthwiseConv1D, DepthwiseConv2D)
def depthwise_conv(op: DepthwiseConv, at: At) -> Lowered:
    """A convolution with a group for each channel."""
    channels = at.params[0].shape[-2]
    layer = layer_of(
        op, channels, channels * op.depth_multiplier, channels, op.use_bias
    )
    kernel = _kernel("weight", at.params[0])
    slots = (kernel, slot("bias", "bias")) if op.use_bias else (kernel,)
    native = FanInUniform(fan=prod(op.kernel_size))
    return Lowered(
        {"output": activated(at, call(at.layer(""), at.input), op.activation)},
        {"": layer},
        slots=slots,
        inits=inits(at, weight=("kernel", native), bias=("bias", native)),
    )


@RULES.lower(SeparableConv1D, SeparableConv2D)
def separable_conv(op: SeparableConv, at: At) -> Lowered:
    """Two convolutions in a row; the bias is the second's."""
    channels = at.params[0].shape[-2]
    between, rank = channels * op.depth_multiplier, op.dims
    depthwise = layer_of(op, channels, between, channels, use_bias=False)
    plain = {} if op.use_bias else {"bias": False}
    pointwise: Expr = call(f"nn.Conv{rank}d", between, op.filters, 1, **plain)
    matrix = slot("1.weight", "pointwise_kernel", axes=(rank + 1, rank, *range(rank)))
    slots: tuple[Slot, ...] = (_kernel("0.weight", at.params[0]), matrix)
    if op.use_bias:
        slots = (*slots, slot("1.bias", "bias"))
    native = FanInUniform(fan=between)
    tensors = {
        "0.weight": ("depthwise_kernel", FanInUniform(fan=prod(op.kernel_size))),
        "1.weight": ("pointwise_kernel", native),
        "1.bias": ("bias", native),
    }
    return Lowered(
        {"output": activated(at, call(at.layer(""), at.input), op.activation)},
        {"": call("nn.Sequential", depthwise, pointwise)},
        slots=slots,
        inits=inits(at, **tensors),
    )


def _kernel(key: str, param: Param) -> Slot:
    """A kernel [*window, channels, multiplier] as [channels * multiplier, 1, *window]."""
    *window, channels, multiplier = param.shape
    rank = len(window)
    return slot(
        key,
        param.name,
        axes=(rank, rank + 1, *range(rank)),
        shape=(channels * multiplier, 1, *window),
    )
