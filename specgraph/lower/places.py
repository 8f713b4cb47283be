"""Axes as a framework has them: indices along one, and orders with fewer of them."""

from __future__ import annotations

from specgraph.lower.code import item
from specgraph.lower.pycode import Const, Expr, Slice
from specgraph.lower.rules import At, Axes


def places(at: At, axes: tuple[int, ...]) -> tuple[int, ...]:
    """Where the framework has axes of the first input, in rising order."""
    order = at.orders.first
    return tuple(sorted(order.index(at.type.axis(axis)) for axis in axes))


def indexed(value: Expr, place: int, index: Expr) -> Expr:
    """`value[:, :, index]`; a place of -1 is the last axis, `value[..., index]`."""
    if place == -1:
        return item(value, Const(...), index)
    return item(value, *[Slice()] * place, index)


def without(order: Axes, gone: tuple[int, ...]) -> Axes:
    """The order of the axes that stay, numbered anew."""
    kept = [axis for axis in order if axis not in gone]
    return tuple(sorted(kept).index(axis) for axis in kept)


def to_spec(order: Axes) -> Axes | None:
    """The permutation into the spec's order; None where there is nothing to do."""
    if order == tuple(sorted(order)):
        return None
    return tuple(order.index(axis) for axis in range(len(order)))
