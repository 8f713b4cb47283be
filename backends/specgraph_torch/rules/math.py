"""Functions of every element: torch's own, and operators with numbers."""

from __future__ import annotations

from specgraph.lower.code import Argument, binary, call, method
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.base import FLOATS, Op
from specgraph.ops.math import (
    Abs,
    Clip,
    Cos,
    Exp,
    Floor,
    Log,
    Power,
    Rescaling,
    Round,
    Rsqrt,
    Scale,
    Shift,
    Sign,
    Sin,
    Sqrt,
)
from specgraph_torch.rules.base import RULES


@RULES.lower(Abs, Cos, Exp, Floor, Log, Round, Rsqrt, Sign, Sin, Sqrt)
def function(op: Op, at: At) -> Lowered:
    """The function of the same name."""
    return Lowered({"output": call(f"torch.{op.label}", at.input)})


@RULES.lower(Power)
def power(op: Power, at: At) -> Lowered:
    """`**`."""
    return Lowered({"output": binary(at.input, "**", op.exponent)})


@RULES.lower(Clip)
def clip(op: Clip, at: At) -> Lowered:
    """`clamp`."""
    bounds: dict[str, Argument] = {"min": op.min, "max": op.max}
    named = {name: bound for name, bound in bounds.items() if bound is not None}
    return Lowered({"output": method(at.input, "clamp", **named)})


@RULES.lower(Scale)
def scale(op: Scale, at: At) -> Lowered:
    """`*`."""
    return Lowered({"output": binary(at.input, "*", op.factor)})


@RULES.lower(Shift)
def shift(op: Shift, at: At) -> Lowered:
    """`+`, or `-` of a positive number."""
    return Lowered({"output": shifted(at.input, op.offset)})


def shifted(x: Expr, offset: int | float) -> Expr:
    """A sum with a number, written without a sign of its own."""
    if offset < 0:
        return binary(x, "-", -offset)
    return binary(x, "+", offset)


@RULES.lower(Rescaling)
def rescaling(op: Rescaling, at: At) -> Lowered:
    """Product and sum; a module makes floats of the type that the model has."""
    x: Expr = at.input
    init: dict[str, Expr] = {}
    if at.type.dtype not in FLOATS:
        init = {"": call(at.helper("ToFloat"))}
        x = call(at.layer(""), x)
    made = binary(x, "*", op.scale)
    return Lowered({"output": shifted(made, op.offset) if op.offset else made}, init)
