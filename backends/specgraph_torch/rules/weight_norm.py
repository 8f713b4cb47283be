"""Layers whose kernel is a length times a direction: `parametrizations.weight_norm`."""

from __future__ import annotations

from dataclasses import replace

from specgraph.lower.code import Argument, call
from specgraph.lower.holding import kernel_held
from specgraph.lower.rules import At, Init, Lowered, Step
from specgraph.lower.slots import AnySlot, slot
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.weight_norm import WeightNorm
from specgraph_torch.initial import PARAMETRIZED
from specgraph_torch.rules.base import RULES

MAGNITUDE = f"{PARAMETRIZED}0"
DIRECTION = f"{PARAMETRIZED}1"


@RULES.rewrite(WeightNorm)
def padded_before(op: WeightNorm, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that the layer has not becomes an op of its own."""
    return kernel_held(op, types, RULES)


@RULES.lower(WeightNorm)
def weight_norm(op: WeightNorm, at: At) -> Lowered:
    """The layer, its weight made of two tensors in torch's own way."""
    entry = RULES.find(type(op.layer))
    assert entry is not None
    params = tuple(param for param in at.params if param.name != "magnitude")
    lowered = entry.rule(op.layer, replace(at, op=op.layer, params=params))
    whole = -1  # what torch makes of None, which it does not say that it takes
    dim = whole if op.dim is None else op.dim
    named: dict[str, Argument] = {} if dim == 0 else {"dim": dim}
    function = "nn.utils.parametrizations.weight_norm"
    lowered.init = {"": call(function, lowered.init[""], **named)}
    slots: list[AnySlot] = []
    for found in lowered.slots:
        key = DIRECTION if found.key == "weight" else found.key
        slots.append(replace(found, key=key))
    (magnitude,) = (param for param in at.params if param.name == "magnitude")
    rank = 0 if op.dim is None else op.rank
    shape = tuple(magnitude.size if axis == op.dim else 1 for axis in range(rank))
    slots.append(slot(MAGNITUDE, "magnitude", shape=shape))
    lowered.slots = tuple(slots)
    lowered.inits = tuple(map(_renamed, lowered.inits))
    return lowered


def _renamed(init: Init) -> Init:
    return replace(init, tensor=DIRECTION) if init.tensor == "weight" else init
