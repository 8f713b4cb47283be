"""The op in torch: a convolution of one point and one channel at a time."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.training.initializers import FanInUniform
from specgraph_torch.initializers import inits
from specgraph_torch.rules import RULES

from .ops import ChannelAffine


@RULES.lower(ChannelAffine)
def channel_affine(op: ChannelAffine, at: At) -> Lowered:
    """`nn.Conv1d` or `nn.Conv2d` with as many groups as channels."""
    (channels,) = at.params[0].shape
    axes = at.type.rank - 2
    named: dict[str, Argument] = {"groups": channels}
    slots = [slot("weight", "scale", shape=(channels, 1, *(1,) * axes))]
    if op.use_shift:
        slots.append(slot("bias", "shift"))
    else:
        named["bias"] = False
    native = FanInUniform(fan=1)
    return Lowered(
        {"output": call(at.layer(""), at.input)},
        {"": call(f"nn.Conv{axes}d", channels, channels, 1, **named)},
        slots=tuple(slots),
        inits=inits(at, weight=("scale", native), bias=("shift", native)),
    )
