"""Transposed convolutions: `nn.ConvTranspose2d` and its kin."""

from __future__ import annotations

from math import prod

from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.conv_transpose import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
    ConvTranspose,
)
from specgraph.ops.window import Pairs
from specgraph.training.initializers import FanInUniform
from specgraph_torch.initializers import inits
from specgraph_torch.rules.activation import activated
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.crop import cropped


@RULES.lower(Conv1DTranspose, Conv2DTranspose, Conv3DTranspose)
def conv_transpose(op: ConvTranspose, at: At) -> Lowered:
    """The framework's layer, and a slice; its weight is [channels, filters, *window]."""
    padding, added, rest = _amounts(op)
    named: dict[str, Argument] = {}
    if set(op.strides) != {1}:
        named["stride"] = uniform(op.strides)
    if any(padding):
        named["padding"] = uniform(padding)
    if any(added):
        named["output_padding"] = uniform(added)
    if op.groups != 1:
        named["groups"] = op.groups
    if not op.use_bias:
        named["bias"] = False
    if set(op.dilation_rate) != {1}:
        named["dilation"] = uniform(op.dilation_rate)
    filters, channels = at.params[0].shape[-2:]
    window = uniform(op.kernel_size)
    function = f"nn.ConvTranspose{op.dims}d"
    layer = call(function, channels, op.filters, window, **named)
    made = cropped(call(at.layer(""), at.input), rest)
    rank = op.dims
    kernel = slot("weight", "kernel", axes=(rank + 1, rank, *range(rank)))
    slots = (kernel, slot("bias", "bias")) if op.use_bias else (kernel,)
    native = FanInUniform(fan=prod(op.kernel_size) * filters)
    return Lowered(
        {"output": activated(at, made, op.activation)},
        {"": layer},
        slots=slots,
        inits=inits(at, weight=("kernel", native), bias=("bias", native)),
    )


def _amounts(op: ConvTranspose) -> tuple[tuple[int, ...], tuple[int, ...], Pairs]:
    """The layer's `padding` and `output_padding`, and what is then left to cut.

    The layer cuts as much before as after, and then adds less than a stride after.
    """
    padding, added, rest = [], [], []
    limits = map(max, op.strides, op.dilation_rate)
    for (before, after), limit in zip(op.cut, limits, strict=True):
        both = before if 0 <= before - after < limit else min(before, max(after, 0))
        padding.append(both)
        added.append(max(both - after, 0))
        rest.append((before - both, max(after - both, 0)))
    return tuple(padding), tuple(added), tuple(rest)
