"""The op in Keras, and so in TensorFlow: an `EinsumDense` along the channels."""

from __future__ import annotations

from specgraph.lower.code import Argument
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph_keras.initializers import starts
from specgraph_keras.rules.base import RULES, chain, make

from .ops import ChannelAffine


@RULES.lower(ChannelAffine)
def channel_affine(op: ChannelAffine, at: At) -> Lowered:
    """Keras has channels last: the kernel is a vector along the last axis."""
    (channels,) = at.params[0].shape
    slots = [slot("kernel", "scale")]
    named: dict[str, Argument] = {"output_shape": channels}
    tensors = {"kernel_initializer": ("scale", "glorot_uniform")}
    if op.use_shift:
        named["bias_axes"] = "c"
        tensors["bias_initializer"] = ("shift", "zeros")
        slots.append(slot("bias", "shift"))
    named |= starts(at, {}, **tensors)
    layer = make(at, "EinsumDense", "...c,c->...c", **named)
    return chain(at, layer, slots=tuple(slots))
