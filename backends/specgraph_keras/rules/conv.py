"""Convolutions: `layers.Conv1D` and `layers.Conv2D`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.conv import Conv, Conv1D, Conv2D
from specgraph_keras.initializers import penalties, starts
from specgraph_keras.rules.activation import activation
from specgraph_keras.rules.base import RULES, make

LAYERS = {Conv1D: "Conv1D", Conv2D: "Conv2D"}


@RULES.lower(Conv1D, Conv2D)
def conv(op: Conv, at: At) -> Lowered:
    """The framework's layer."""
    named: dict[str, Argument] = {}
    if set(op.strides) != {1}:
        named["strides"] = uniform(op.strides)
    if isinstance(op.padding, str) and op.padding != "valid":
        named["padding"] = op.padding
    if set(op.dilation_rate) != {1}:
        named["dilation_rate"] = uniform(op.dilation_rate)
    if op.groups != 1:
        named["groups"] = op.groups
    named |= activation(op.activation)
    if not op.use_bias:
        named["use_bias"] = False
    named |= starts(
        at,
        kernel_initializer=("kernel", "glorot_uniform"),
        bias_initializer=("bias", "zeros"),
    )
    named |= penalties(
        {
            "kernel_regularizer": op.kernel_regularizer,
            "bias_regularizer": op.bias_regularizer,
        }
    )
    window = uniform(op.kernel_size)
    layer = make(at, LAYERS[type(op)], op.filters, window, **named)
    kernel = slot("kernel", "kernel")
    slots = (kernel, slot("bias", "bias")) if op.use_bias else (kernel,)
    return Lowered({"output": call(layer, at.input)}, slots=slots)
