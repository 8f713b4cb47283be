"""Other shapes for the same elements."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.reshape import ExpandDims, Flatten, Permute, Reshape, Squeeze
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Flatten)
def flatten(op: Flatten, at: At) -> Lowered:
    """`layers.Flatten`."""
    return Lowered({"output": call(make(at, "Flatten"), at.input)})


@RULES.lower(Reshape)
def reshape(op: Reshape, at: At) -> Lowered:
    """`layers.Reshape`."""
    layer = make(at, "Reshape", op.target_shape)
    return Lowered({"output": call(layer, at.input)})


@RULES.lower(Permute, order="any")
def permute(op: Permute, at: At) -> Lowered:
    """`layers.Permute` from the order that the value has to the one it shall have."""
    dims = tuple(at.orders.first.index(axis) for axis in op.dims)
    if dims == tuple(range(1, len(dims) + 1)):
        return Lowered({"output": call(make(at, "Identity"), at.input)})
    return Lowered({"output": call(make(at, "Permute", dims), at.input)})


@RULES.lower(ExpandDims)
def expand_dims(op: ExpandDims, at: At) -> Lowered:
    """`ops.expand_dims`."""
    place = op.place(at.type)
    axis = -1 if place == at.type.rank else place
    return Lowered({"output": call("ops.expand_dims", at.input, axis)})


@RULES.lower(Squeeze)
def squeeze(op: Squeeze, at: At) -> Lowered:
    """`ops.squeeze`; the identity where nothing goes."""
    places = op.places(at.type)
    if not places:
        return Lowered({"output": call(make(at, "Identity"), at.input)})
    axis: Argument = places
    if len(places) == 1:
        axis = -1 if places[0] == at.type.rank - 1 else places[0]
    return Lowered({"output": call("ops.squeeze", at.input, axis)})
