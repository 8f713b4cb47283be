"""Convolutions: `nn.Conv1d`, `nn.Conv2d`, `nn.Conv3d`."""

from __future__ import annotations

from math import prod

from specgraph.lower import padding
from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.padding import PadSame, is_even
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered, Step
from specgraph.lower.slots import slot
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.conv import Conv, Conv1D, Conv2D, Conv3D
from specgraph.ops.kernel import Sliding
from specgraph.training.initializers import FanInUniform
from specgraph_torch.initializers import inits
from specgraph_torch.rules.activation import activated
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.pad import known_amounts


@RULES.rewrite(Conv1D, Conv2D, Conv3D)
def padded_before(op: Sliding, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that differs before and after becomes an op of its own."""
    amounts = known_amounts(
        op.padding,
        types.first.spatial,
        op.kernel_size,
        op.strides,
        op.dilation_rate,
    )
    bare = Step(op.filled(padding="valid", padding_mode="zeros"))
    if amounts is None:
        same = PadSame(
            fill=op.padding_mode,
            size=op.kernel_size,
            strides=op.strides,
            dilation=op.dilation_rate,
        )
        return [Step(same, "_pad"), bare]
    if not is_even(amounts):
        return [Step(padding.pad(op.padding_mode, amounts), "_pad"), bare]
    if op.padding == "same" and set(op.strides) == {1}:
        return None
    return [Step(op.filled(padding=amounts))]


@RULES.lower(Conv1D, Conv2D, Conv3D)
def conv(op: Conv, at: At) -> Lowered:
    """The framework's layer; its weight is [filters, channels, *window]."""
    channels = at.params[0].shape[-2]
    layer = layer_of(op, channels * op.groups, op.filters, op.groups, op.use_bias)
    rank = len(op.kernel_size)
    kernel = slot("weight", "kernel", axes=(rank + 1, rank, *range(rank)))
    slots = (kernel, slot("bias", "bias")) if op.use_bias else (kernel,)
    native = FanInUniform(fan=prod(op.kernel_size) * channels)
    return Lowered(
        {"output": activated(at, call(at.layer(""), at.input), op.activation)},
        {"": layer},
        slots=slots,
        inits=inits(at, weight=("kernel", native), bias=("bias", native)),
    )


def layer_of(
    op: Sliding, channels: int, filters: int, groups: int, use_bias: bool
) -> Expr:
    """`nn.Conv2d` or its kin with an op's windows."""
    named: dict[str, Argument] = {}
    if set(op.strides) != {1}:
        named["stride"] = uniform(op.strides)
    if op.padding == "same":
        named["padding"] = "same"
    elif not isinstance(op.padding, str) and any(map(any, op.padding)):
        named["padding"] = uniform(tuple(before for before, _ in op.padding))
    if set(op.dilation_rate) != {1}:
        named["dilation"] = uniform(op.dilation_rate)
    if groups != 1:
        named["groups"] = groups
    if not use_bias:
        named["bias"] = False
    if op.padding_mode != "zeros" and "padding" in named:
        named["padding_mode"] = op.padding_mode
    layer = f"nn.Conv{op.dims}d"
    return call(layer, channels, filters, uniform(op.kernel_size), **named)
