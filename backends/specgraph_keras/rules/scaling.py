"""Scaling: `layers.RMSNormalization`, `layers.UnitNormalization` and their like."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.scaling import L2Normalize, LayerScale, Normalization, RMSNorm
from specgraph_keras.rules.base import RULES, make


@RULES.lower(RMSNorm, order="axes")
def rms_norm(op: RMSNorm, at: At) -> Lowered:
    """The framework's layer along the last axes with a weight, a helper otherwise."""
    order = at.orders.first
    axes = op.axes_of(at.type)
    places = tuple(sorted(order.index(axis) for axis in axes))
    last = places == tuple(range(len(order) - len(places), len(order)))
    named: dict[str, Argument] = {}
    if len(places) > 1:
        named["axis"] = places
    elif places[0] != len(order) - 1:
        named["axis"] = places[0]
    if op.epsilon != 1e-6:
        named["epsilon"] = op.epsilon
    if not op.scale:
        layer = make(at, at.helper("UnscaledRMSNormalization"), **named)
    elif last:
        layer = make(at, "RMSNormalization", **named)
    else:
        layer = make(at, at.helper("RMSNormalization"), **named)
    moved = tuple(axes.index(order[place]) for place in places)
    moved = () if moved == tuple(range(len(moved))) else moved
    slots = (slot("scale", "scale", axes=moved),) if op.scale else ()
    return Lowered({"output": call(layer, at.input)}, slots=slots)


@RULES.lower(L2Normalize)
def l2_normalize(op: L2Normalize, at: At) -> Lowered:
    """`layers.UnitNormalization` along the axes where they lie."""
    axes = at.type.axes(op.axis)
    axis: Argument = tuple(sorted(at.orders.first.index(one) for one in axes))
    if len(axes) == 1:
        axis = at.physical_axis(axes[0])
    named: dict[str, Argument] = {} if axis == -1 else {"axis": axis}
    return Lowered({"output": call(make(at, "UnitNormalization", **named), at.input)})


@RULES.lower(Normalization)
def normalization(op: Normalization, at: At) -> Lowered:
    """`layers.Normalization` with its numbers."""
    lists = isinstance(op.mean, tuple) or isinstance(op.variance, tuple)
    axis: Argument = None
    if lists:
        axis = at.physical_axis(op.axis)
    named: dict[str, Argument] = {} if axis == -1 else {"axis": axis}
    size = len(at.type.shape) and at.type.shape[at.type.axis(op.axis) - 1]
    for name, given in (("mean", op.mean), ("variance", op.variance)):
        named[name] = given
        if lists and not isinstance(given, tuple) and isinstance(size, int):
            named[name] = (given,) * size
    if op.invert:
        named["invert"] = True
    return Lowered({"output": call(make(at, "Normalization", **named), at.input)})


@RULES.lower(LayerScale)
def layer_scale(op: LayerScale, at: At) -> Lowered:
    """A helper: Keras has no layer that only multiplies by a weight."""
    axis = at.physical_axis(op.axis_of(at.type))
    named: dict[str, Argument] = {} if axis == -1 else {"axis": axis}
    layer = make(at, at.helper("LayerScale"), op.init_values, **named)
    return Lowered({"output": call(layer, at.input)}, slots=(slot("gamma", "gamma"),))
