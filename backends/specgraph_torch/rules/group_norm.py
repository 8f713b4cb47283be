"""Normalization over groups of channels."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import AnySlot, Fixed, slot
from specgraph.ops.group_norm import Grouped, GroupNorm, InstanceNorm, LocalResponseNorm
from specgraph.training.initializers import Ones, Zeros
from specgraph_torch.initializers import inits
from specgraph_torch.rules.base import RULES

EPSILON = 1e-5
INSTANCE_NORMS = {
    3: "nn.InstanceNorm1d",
    4: "nn.InstanceNorm2d",
    5: "nn.InstanceNorm3d",
}
"""The layer by the rank that it takes, the batch counted."""


@RULES.lower(GroupNorm, InstanceNorm)
def grouped(op: Grouped, at: At) -> Lowered:
    """`nn.InstanceNorm` where there is one for the rank, else `nn.GroupNorm`."""
    channels = op.channels(at.type)
    affine = op.scale or op.center
    named: dict[str, Argument] = {} if op.epsilon == EPSILON else {"eps": op.epsilon}
    layer = INSTANCE_NORMS.get(at.type.rank)
    if isinstance(op, InstanceNorm) and layer is not None:
        named |= {"affine": True} if affine else {}
        made = call(layer, channels, **named)
    else:
        named |= {} if affine else {"affine": False}
        made = call("nn.GroupNorm", op.count(channels), channels, **named)
    return Lowered(
        {"output": call(at.layer(""), at.input)},
        {"": made},
        slots=_slots(op, channels) if affine else (),
        inits=inits(at, weight=("gamma", Ones()), bias=("beta", Zeros())),
    )


def _slots(op: Grouped, channels: int) -> tuple[AnySlot, ...]:
    """Both weights; the layer has both or none, so one may be a constant."""
    weight = slot("weight", "gamma") if op.scale else Fixed("weight", 1.0, (channels,))
    bias = slot("bias", "beta") if op.center else Fixed("bias", 0.0, (channels,))
    return weight, bias


@RULES.lower(LocalResponseNorm)
def local_response_norm(op: LocalResponseNorm, at: At) -> Lowered:
    """The framework's layer."""
    named: dict[str, Argument] = {"alpha": op.alpha, "beta": op.beta, "k": op.k}
    usual = {"alpha": 1e-4, "beta": 0.75, "k": 1.0}
    said = {name: number for name, number in named.items() if number != usual[name]}
    layer = call("nn.LocalResponseNorm", op.size, **said)
    return Lowered({"output": call(at.layer(""), at.input)}, {"": layer})
