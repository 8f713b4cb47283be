"""Functions of every element: those of `keras.ops`, and operators with numbers."""

from __future__ import annotations

from specgraph.lower.code import Argument, binary, call
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
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Abs, Cos, Exp, Floor, Log, Round, Rsqrt, Sign, Sin, Sqrt)
def function(op: Op, at: At) -> Lowered:
    """The function of the same name."""
    return Lowered({"output": call(f"ops.{op.label}", at.input)})


@RULES.lower(Power)
def power(op: Power, at: At) -> Lowered:
    """`ops.power`."""
    return Lowered({"output": call("ops.power", at.input, op.exponent)})


@RULES.lower(Clip)
def clip(op: Clip, at: At) -> Lowered:
    """`ops.clip`, which takes both bounds; else the one that there is."""
    if op.min is None:
        return Lowered({"output": call("ops.minimum", at.input, op.max)})
    if op.max is None:
        return Lowered({"output": call("ops.maximum", at.input, op.min)})
    return Lowered({"output": call("ops.clip", at.input, op.min, op.max)})


@RULES.lower(Scale)
def scale(op: Scale, at: At) -> Lowered:
    """A layer: Keras takes the product of floats and a number for a sparse tensor."""
    if at.type.dtype not in FLOATS:
        return Lowered({"output": binary(at.input, "*", op.factor)})
    return Lowered({"output": call(make(at, "Rescaling", op.factor), at.input)})


@RULES.lower(Shift)
def shift(op: Shift, at: At) -> Lowered:
    """`+`, or `-` of a positive number."""
    sign, number = ("-", -op.offset) if op.offset < 0 else ("+", op.offset)
    return Lowered({"output": binary(at.input, sign, number)})


@RULES.lower(Rescaling)
def rescaling(op: Rescaling, at: At) -> Lowered:
    """The framework's layer."""
    named: dict[str, Argument] = {"offset": op.offset} if op.offset else {}
    layer = make(at, "Rescaling", op.scale, **named)
    return Lowered({"output": call(layer, at.input)})
