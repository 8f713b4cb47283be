"""Merging several values into one."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, folded, item, listed
from specgraph.lower.pycode import Const, Expr, Slice
from specgraph.lower.rules import At, Lowered
from specgraph.ops.base import FLOATS, TensorType
from specgraph.ops.merge import (
    Add,
    Average,
    Concat,
    Divide,
    Elementwise,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)
from specgraph_keras.rules.base import RULES, make

Sizes = tuple[int | None, ...]
"""Sizes as they lie, the batch counted; None is any."""


@RULES.lower(Multiply, Maximum, Minimum, Subtract)
def merge(op: Elementwise, at: At) -> Lowered:
    """The framework's layer."""
    return _merged(at, make(at, type(op).__name__, **_dtype(at)), operands(at))


@RULES.lower(Add, Average)
def add(op: Elementwise, at: At) -> Lowered:
    """The framework's layer, or a helper where Keras would take an operand for a bias."""
    kind = type(op).__name__
    values, shapes = operands(at), _shapes(at)
    if _misread(shapes) and len(values) == 2 and not _misread(shapes[::-1]):
        values, shapes = values[::-1], shapes[::-1]
    layer = at.helper(kind) if _misread(shapes) else kind
    return _merged(at, make(at, layer, **_dtype(at)), values)


@RULES.lower(Divide)
def divide(op: Divide, at: At) -> Lowered:
    """`/`; there is no layer."""
    return Lowered({"output": folded(widened(at), "/")})


@RULES.lower(Concat)
def concat(op: Concat, at: At) -> Lowered:
    """`layers.Concatenate` along the axis where it lies."""
    assert op.axis is not None
    axis = at.physical_axis(op.axis)
    named: dict[str, Argument] = {} if axis == -1 else {"axis": axis}
    return _merged(at, make(at, "Concatenate", **named, **_dtype(at)), operands(at))


def operands(at: At) -> list[Expr]:
    """The values that are merged."""
    return list(at.inputs.many("input"))


def widened(at: At) -> list[Expr]:
    """All inputs with equally many axes, as functions want them, not layers."""
    rank = max(kind.rank for kind in at.types)
    return [
        value
        if kind.rank == rank
        else item(value, Slice(), *[Const(None)] * (rank - kind.rank))
        for value, kind in zip(at.inputs, at.types, strict=True)
    ]


def _merged(at: At, layer: Expr, values: list[Expr]) -> Lowered:
    return Lowered({"output": call(layer, listed(values))})


def _dtype(at: At) -> dict[str, Argument]:
    """The layer's type, where its values are no floats."""
    return {} if at.type.dtype in FLOATS else {"dtype": at.type.dtype}


def _shapes(at: At) -> list[Sizes]:
    types = at.types.many("input")
    rank = max(kind.rank for kind in types)
    found = zip(types, at.orders.many("input"), strict=True)
    return [_sizes(kind, order, rank) for kind, order in found]


def _sizes(kind: TensorType, order: tuple[int, ...], rank: int) -> Sizes:
    sizes = [kind.shape[axis - 1] for axis in order[1:]]
    fixed = [size if isinstance(size, int) else None for size in sizes]
    return (None, *(1,) * (rank - kind.rank), *fixed)


def _misread(shapes: list[Sizes]) -> bool:
    """Whether Keras may add an operand along another axis than it should.

    `keras.ops.add` takes a second operand with one axis longer than 1 for a bias of the
    first one's last or second axis, if the sizes agree: whichever axis it is.
    """
    total, *others = shapes
    for shape in others:
        if shape != total and any(_bias(total, shape, p) for p in range(len(shape))):
            return True
        total = tuple(b if a == 1 else a for a, b in zip(total, shape, strict=True))
    return False


def _bias(total: Sizes, shape: Sizes, place: int) -> bool:
    """Whether the axis at a place may be the long one, and be taken for another."""
    others = shape[:place] + shape[place + 1 :]
    if shape[place] == 1 or any(size not in (None, 1) for size in others):
        return False
    last = len(shape) - 1
    if place != last and _may_agree(shape[place], total[last]):
        return True
    surely = place == last and shape[place] is not None and shape[place] == total[last]
    return place != 1 and not surely and _may_agree(shape[place], total[1])


def _may_agree(one: int | None, other: int | None) -> bool:
    return other != 1 and (one is None or other is None or one == other)
