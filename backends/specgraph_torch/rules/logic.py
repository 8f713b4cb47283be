"""Booleans: the operators of bits, and `torch.where`."""

from __future__ import annotations

from specgraph.lower.code import call, folded
from specgraph.lower.pycode import UnaryOp
from specgraph.lower.rules import At, Lowered
from specgraph.ops.logic import LogicalAnd, LogicalNot, LogicalOr, Where
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.merge import operands


@RULES.lower(LogicalAnd, LogicalOr)
def logical(op: LogicalAnd | LogicalOr, at: At) -> Lowered:
    """`&` or `|`."""
    sign = "&" if isinstance(op, LogicalAnd) else "|"
    return Lowered({"output": folded(operands(at), sign)})


@RULES.lower(LogicalNot)
def logical_not(op: LogicalNot, at: At) -> Lowered:
    """`~`."""
    return Lowered({"output": UnaryOp("~", at.input)})


@RULES.lower(Where)
def where(op: Where, at: At) -> Lowered:
    """`torch.where`."""
    return Lowered({"output": call("torch.where", *operands(at))})
