"""Shapes."""

from __future__ import annotations

from specgraph.lower.code import call, item, method
from specgraph.lower.pycode import Attr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.reshape import ExpandDims, Flatten, Permute, Reshape, Squeeze
from specgraph_torch.rules.base import RULES


@RULES.lower(Flatten)
def flatten(op: Flatten, at: At) -> Lowered:
    """`torch.flatten`, the batch kept."""
    if at.type.rank == 1:
        return Lowered({"output": method(at.input, "unsqueeze", 1)})
    return Lowered({"output": call("torch.flatten", at.input, 1)})


@RULES.lower(Reshape)
def reshape(op: Reshape, at: At) -> Lowered:
    """`reshape`, the batch written out: no surplus can end up in it."""
    batch = item(Attr(at.input, "shape"), 0)
    return Lowered({"output": method(at.input, "reshape", batch, *op.target_shape)})


@RULES.lower(Permute, order="any")
def permute(op: Permute, at: At) -> Lowered:
    """`permute`, from whatever order the axes have."""
    order = at.orders.first
    axes = tuple(order.index(axis) for axis in (0, *op.dims))
    if axes == tuple(range(len(axes))):
        return Lowered({"output": at.input})
    return Lowered({"output": method(at.input, "permute", *axes)})


@RULES.lower(ExpandDims)
def expand_dims(op: ExpandDims, at: At) -> Lowered:
    """`unsqueeze`."""
    place = op.place(at.type)
    axis = -1 if place == at.type.rank else place
    return Lowered({"output": method(at.input, "unsqueeze", axis)})


@RULES.lower(Squeeze)
def squeeze(op: Squeeze, at: At) -> Lowered:
    """`squeeze` of the axes that go."""
    axes = op.places(at.type)
    if not axes:
        return Lowered({"output": at.input})
    gone = axes[0] if len(axes) == 1 else axes
    return Lowered({"output": method(at.input, "squeeze", gone)})
