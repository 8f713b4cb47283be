"""Depthwise and separable convolutions: `layers.DepthwiseConv2D` and its kin."""

from __future__ import annotations

from specgraph.lower.code import Argument, uniform, value
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered, Step
from specgraph.lower.slots import Slot, slot
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.depthwise import (
    DepthwiseConv,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv,
    SeparableConv1D,
    SeparableConv2D,
)
from specgraph.ops.kernel import Sliding
from specgraph_keras.initializers import in_training, starts
from specgraph_keras.rules.activation import after
from specgraph_keras.rules.base import RULES, chain, make
from specgraph_keras.rules.conv import padding_apart, thinned


@RULES.rewrite(DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D)
def padded_before(op: Sliding, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that Keras's layer has not becomes an op of its own."""
    return padding_apart(op, types, _is_uneven(op) or op.padding == "causal")


def _is_uneven(op: Sliding) -> bool:
    """Whether TensorFlow has no kernel for the strides; then some places are kept."""
    return len(set(op.strides)) > 1 and set(op.dilation_rate) == {1}


@RULES.lower(DepthwiseConv1D, DepthwiseConv2D)
def depthwise_conv(op: DepthwiseConv, at: At) -> Lowered:
    """The framework's layer."""
    named = _windows(op)
    if op.depth_multiplier != 1:
        named["depth_multiplier"] = op.depth_multiplier
    inside, activation = after(at, op.activation)
    named |= inside
    if not op.use_bias:
        named["use_bias"] = False
    named |= starts(
        at,
        {},
        depthwise_initializer=("kernel", "glorot_uniform"),
        bias_initializer=("bias", "zeros"),
    )
    named |= in_training(op, "depthwise", "bias")
    window = uniform(op.kernel_size)
    layer = make(at, f"DepthwiseConv{op.dims}D", window, **named)
    return _placed(op, at, layer, activation, (slot("kernel", "kernel"),))


@RULES.lower(SeparableConv1D, SeparableConv2D)
def separable_conv(op: SeparableConv, at: At) -> Lowered:
    """The framework's layer."""
    named = _windows(op)
    if op.depth_multiplier != 1:
        named["depth_multiplier"] = op.depth_multiplier
    inside, activation = after(at, op.activation)
    named |= inside
    if not op.use_bias:
        named["use_bias"] = False
    named |= starts(
        at,
        {},
        depthwise_initializer=("depthwise_kernel", "glorot_uniform"),
        pointwise_initializer=("pointwise_kernel", "glorot_uniform"),
        bias_initializer=("bias", "zeros"),
    )
    named |= in_training(op, "depthwise", "pointwise", "bias")
    window = uniform(op.kernel_size)
    layer = make(at, f"SeparableConv{op.dims}D", op.filters, window, **named)
    kernels = ("depthwise_kernel", "pointwise_kernel")
    return _placed(op, at, layer, activation, tuple(slot(key, key) for key in kernels))


def _windows(op: Sliding) -> dict[str, Argument]:
    named: dict[str, Argument] = {}
    if set(op.strides) != {1} and not _is_uneven(op):
        named["strides"] = uniform(op.strides)
    if op.padding != "valid":
        named["padding"] = value(op.padding)
    if set(op.dilation_rate) != {1}:
        named["dilation_rate"] = uniform(op.dilation_rate)
    return named


def _placed(
    op: Sliding, at: At, layer: Expr, activation: Expr | None, slots: tuple[Slot, ...]
) -> Lowered:
    """The layer, what it computes in vain cut away, and its activation."""
    if op.use_bias:
        slots = (*slots, slot("bias", "bias"))
    if _is_uneven(op):
        return thinned(op, at, layer, activation, slots)
    return chain(at, layer, activation, slots=slots)
