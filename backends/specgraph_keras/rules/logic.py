"""Booleans: the functions of `keras.ops`."""

from __future__ import annotations

from specgraph.lower.code import call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.logic import LogicalAnd, LogicalNot, LogicalOr, Where
from specgraph_keras.rules.base import RULES, make
from specgraph_keras.rules.merge import widened


@RULES.lower(LogicalAnd, LogicalOr)
def logical(op: LogicalAnd | LogicalOr, at: At) -> Lowered:
    """The function of the same name, of two values at a time."""
    found, *others = widened(at)
    if not others:
        return Lowered({"output": call(make(at, "Identity"), found)})
    for other in others:
        found = call(f"ops.{op.label}", found, other)
    return Lowered({"output": found})


@RULES.lower(LogicalNot)
def logical_not(op: LogicalNot, at: At) -> Lowered:
    """`ops.logical_not`."""
    return Lowered({"output": call("ops.logical_not", at.input)})


@RULES.lower(Where)
def where(op: Where, at: At) -> Lowered:
    """`ops.where`."""
    return Lowered({"output": call("ops.where", *widened(at))})
