"""Convolutions: `nn.Conv1d` and `nn.Conv2d`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.conv import Conv, Conv1D, Conv2D
from specgraph_torch.initializers import FAN_IN, KAIMING, inits
from specgraph_torch.rules.activation import activated
from specgraph_torch.rules.base import RULES

LAYERS = {Conv1D: "nn.Conv1d", Conv2D: "nn.Conv2d"}


@RULES.lower(Conv1D, Conv2D)
def conv(op: Conv, at: At) -> Lowered:
    """The framework's layer; its weight is [filters, channels, *window]."""
    named: dict[str, Argument] = {}
    if set(op.strides) != {1}:
        named["stride"] = uniform(op.strides)
    if isinstance(op.padding, str):
        if op.padding != "valid":
            named["padding"] = op.padding
    elif any(pair != (0, 0) for pair in op.padding):
        named["padding"] = uniform(tuple(before for before, _ in op.padding))
    if set(op.dilation_rate) != {1}:
        named["dilation"] = uniform(op.dilation_rate)
    if op.groups != 1:
        named["groups"] = op.groups
    if not op.use_bias:
        named["bias"] = False
    if op.padding_mode != "zeros":
        named["padding_mode"] = op.padding_mode
    channels = at.params[0].shape[-2] * op.groups
    window = uniform(op.kernel_size)
    layer = call(LAYERS[type(op)], channels, op.filters, window, **named)
    rank = len(op.kernel_size)
    kernel = slot("weight", "kernel", axes=(rank + 1, rank, *range(rank)))
    slots = (kernel, slot("bias", "bias")) if op.use_bias else (kernel,)
    value = call(at.layer(""), at.input)
    return Lowered(
        {"output": activated(value, op.activation)},
        {"": layer},
        slots=slots,
        inits=inits(at, weight=("kernel", KAIMING), bias=("bias", FAN_IN)),
    )
