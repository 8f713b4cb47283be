"""Merges: operators, `torch.cat`, and the greatest by `torch.where`."""

from __future__ import annotations

from specgraph.lower.code import binary, call, folded, item, method
from specgraph.lower.pycode import Compare, Const, Expr, Slice, Tuple
from specgraph.lower.rules import At, Lowered
from specgraph.ops.merge import (
    Add,
    Average,
    Concat,
    Divide,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)
from specgraph_torch.rules.base import RULES

OPERATORS = {Add: "+", Divide: "/", Multiply: "*", Subtract: "-"}


def operands(at: At) -> list[Expr]:
    """The operands with equally many axes, new ones behind the batch."""
    rank = max(type_.rank for type_ in at.types)
    return [
        _widened(value, rank - type_.rank)
        for value, type_ in zip(at.inputs, at.types, strict=True)
    ]


def _widened(value: Expr, missing: int) -> Expr:
    if not missing:
        return value
    if missing == 1:
        return method(value, "unsqueeze", 1)
    return item(value, Slice(), *[Const(None)] * missing)


@RULES.lower(Add, Divide, Multiply, Subtract)
def operator(op: Add | Divide | Multiply | Subtract, at: At) -> Lowered:
    """The operator between the operands."""
    return Lowered({"output": folded(operands(at), OPERATORS[type(op)])})


@RULES.lower(Average)
def average(op: Average, at: At) -> Lowered:
    """The sum by the number of operands."""
    values = operands(at)
    if len(values) == 1:
        return Lowered({"output": values[0]})
    return Lowered({"output": binary(folded(values, "+"), "/", len(values))})


@RULES.lower(Maximum, Minimum)
def extremum(op: Maximum | Minimum, at: At) -> Lowered:
    """`torch.where`: of equals the first has the gradient, not each a half of it.

    So an operand that comes again changes nothing.
    """
    given = operands(at)
    values = [one for place, one in enumerate(given) if one not in given[:place]]
    if len(values) == 1:
        return Lowered({"output": values[0]})
    if len(values) == 2:
        first, second = values
        test = Compare(first, ">=" if isinstance(op, Maximum) else "<=", second)
        return Lowered({"output": call("torch.where", test, first, second)})
    helper = at.helper("maximum" if isinstance(op, Maximum) else "minimum")
    return Lowered({"output": call(helper, *values)})


@RULES.lower(Concat)
def concat(op: Concat, at: At) -> Lowered:
    """`torch.cat` along the axis where it lies."""
    assert op.axis is not None
    axis = at.physical_axis(op.axis)
    return Lowered({"output": call("torch.cat", Tuple(list(at.inputs)), dim=axis)})
