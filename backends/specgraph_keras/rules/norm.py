"""Normalization: `layers.BatchNormalization` and `layers.LayerNormalization`."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.norm import BatchNorm, LayerNorm
from specgraph_keras.initializers import in_training, starts
from specgraph_keras.rules.base import RULES, make


@RULES.lower(BatchNorm, order="axes")
def batch_norm(op: BatchNorm, at: At) -> Lowered:
    """The framework's layer, or a helper that corrects its moving variance."""
    assert op.axis is not None
    named: dict[str, Argument] = {}
    axis = at.physical_axis(op.axis)
    if axis != -1:
        named["axis"] = axis
    if op.momentum != 0.99:
        named["momentum"] = op.momentum
    named |= _shared(op, at, {})
    named |= starts(
        at,
        {},
        moving_mean_initializer=("moving_mean", "zeros"),
        moving_variance_initializer=("moving_variance", "ones"),
    )
    frozen = not at.trainable
    if op.running_variance == "unbiased" and not frozen:
        layer = make(at, at.helper("BatchNormalization"), **named)
    else:
        layer = make(at, "BatchNormalization", **named)
    slots = tuple(slot(param.name, param.name) for param in at.params)
    return Lowered({"output": call(layer, at.input)}, slots=slots)


@RULES.lower(LayerNorm, order="axes")
def layer_norm(op: LayerNorm, at: At) -> Lowered:
    """The framework's layer; its weights have the axes in the framework's order."""
    named: dict[str, Argument] = {}
    order = at.orders.first
    axes = op.axes_of(at.type)
    places = sorted(order.index(axis) for axis in axes)
    if len(places) > 1:
        named["axis"] = tuple(places)
    elif places[0] != len(order) - 1:
        named["axis"] = places[0]
    moved = tuple(axes.index(order[place]) for place in places)
    shapes = {p.name: (tuple(p.shape[axis] for axis in moved),) for p in at.params}
    moved = () if moved == tuple(range(len(moved))) else moved
    named |= _shared(op, at, shapes, moved)
    layer = make(at, "LayerNormalization", **named)
    slots = tuple(slot(param.name, param.name, axes=moved) for param in at.params)
    return Lowered({"output": call(layer, at.input)}, slots=slots)


def _shared(
    op: BatchNorm | LayerNorm,
    at: At,
    drawn: Mapping[str, tuple[tuple[int, ...], ...]],
    axes: tuple[int, ...] = (),
) -> dict[str, Argument]:
    """The arguments of both layers.

    `drawn` are the shapes that Keras draws, `axes` the order of the weights' axes.
    """
    named: dict[str, Argument] = {}
    if op.epsilon != 1e-3:
        named["epsilon"] = op.epsilon
    if not op.center:
        named["center"] = False
    if not op.scale:
        named["scale"] = False
    named |= starts(
        at,
        drawn,
        beta_initializer=("beta", "zeros"),
        gamma_initializer=("gamma", "ones"),
    )
    return named | in_training(op, "beta", "gamma", axes=axes)
