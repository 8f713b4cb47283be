"""Normalization over groups of channels."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.group_norm import Grouped, GroupNorm, InstanceNorm, LocalResponseNorm
from specgraph_keras.initializers import in_training, starts
from specgraph_keras.rules.base import RULES, make


@RULES.lower(GroupNorm, InstanceNorm, order="axes")
def grouped(op: Grouped, at: At) -> Lowered:
    """`layers.GroupNormalization`; -1 is a group a channel."""
    groups = op.groups if isinstance(op, GroupNorm) else -1
    named: dict[str, Argument] = {} if groups == 32 else {"groups": groups}
    axis = at.physical_axis(op.axis_of(at.type))
    if axis != -1:
        named["axis"] = axis
    if op.epsilon != 1e-3:
        named["epsilon"] = op.epsilon
    if not op.center:
        named["center"] = False
    if not op.scale:
        named["scale"] = False
    named |= starts(
        at,
        {},
        beta_initializer=("beta", "zeros"),
        gamma_initializer=("gamma", "ones"),
    )
    named |= in_training(op, "beta", "gamma")
    layer = make(at, "GroupNormalization", **named)
    slots = tuple(slot(param.name, param.name) for param in at.params)
    return Lowered({"output": call(layer, at.input)}, slots=slots)


@RULES.lower(LocalResponseNorm)
def local_response_norm(op: LocalResponseNorm, at: At) -> Lowered:
    """A helper: Keras has no such layer, and TensorFlow's function has no float64."""
    named: dict[str, Argument] = {"alpha": op.alpha, "beta": op.beta, "k": op.k}
    usual = {"alpha": 1e-4, "beta": 0.75, "k": 1.0}
    said = {name: number for name, number in named.items() if number != usual[name]}
    layer = make(at, at.helper("LocalResponseNormalization"), op.size, **said)
    return Lowered({"output": call(layer, at.input)})
