"""Reductions: the functions of `keras.ops`."""

from __future__ import annotations

from specgraph.lower.code import Argument, binary, call
from specgraph.lower.places import places, without
from specgraph.lower.pycode import Assign, Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.reduce import (
    Argmax,
    Cumsum,
    LogSumExp,
    Max,
    Mean,
    Min,
    Prod,
    Reduction,
    Spread,
    Std,
    Sum,
    TopK,
    Var,
)
from specgraph_keras.rules.base import RULES, make
from specgraph_keras.rules.slice import in_spec_order, unpacked


@RULES.lower(LogSumExp, Max, Mean, Min, Prod, Sum)
def reduction(op: Reduction, at: At) -> Lowered:
    """The function of the same name."""
    made = call(f"ops.{op.label}", at.input, **_axes(op, at))
    return _placed(op, at, made)


@RULES.lower(Std, Var)
def spread(op: Spread, at: At) -> Lowered:
    """`ops.var`, which divides by the number of values: corrected where asked.

    Of the deviation, `ops.std` has no gradient where all values are equal.
    """
    count = op.count(at.type)
    made: Expr = call("ops.var", at.input, **_axes(op, at))
    if op.correction and isinstance(count, int):
        made = binary(made, "*", binary(count, "/", count - op.correction))
    elif op.correction:
        layer = make(at, at.helper("Variance"), **_axes(op, at))
        made = call(layer, at.input)
    if isinstance(op, Var):
        return _placed(op, at, made)
    result = at.result("output")
    found = _placed(op, at, call(at.helper("root"), result))
    found.body = [Assign([result], made)]
    return found


def _axes(op: Reduction, at: At) -> dict[str, Argument]:
    """The arguments `axis` and `keepdims`."""
    found = places(at, op.axes_of(at.type))
    axis: Argument = found
    if len(found) == 1:
        axis = -1 if found[0] == at.type.rank - 1 else found[0]
    return {"axis": axis, "keepdims": True} if op.keepdims else {"axis": axis}


def _placed(op: Reduction, at: At, made: Expr) -> Lowered:
    if op.keepdims:
        return Lowered({"output": made})
    order = without(at.orders.first, op.axes_of(at.type))
    return Lowered({"output": in_spec_order(made, order)})


@RULES.lower(Cumsum)
def cumsum(op: Cumsum, at: At) -> Lowered:
    """`ops.cumsum`."""
    made = call("ops.cumsum", at.input, axis=at.physical_axis(op.axis))
    return Lowered({"output": made})


@RULES.lower(Argmax)
def argmax(op: Argmax, at: At) -> Lowered:
    """`ops.argmax`, which gives int32."""
    named: dict[str, Argument] = {"keepdims": True} if op.keepdims else {}
    axis = at.physical_axis(op.axis)
    made: Expr = call("ops.argmax", at.input, axis=axis, **named)
    if not op.keepdims:
        order = without(at.orders.first, (at.type.axis(op.axis),))
        made = in_spec_order(made, order)
    if op.index_dtype == "int64":
        made = call("ops.cast", made, "int64")
    return Lowered({"output": made})


@RULES.lower(TopK)
def top_k(op: TopK, at: At) -> Lowered:
    """`ops.top_k`, whose indices are int32."""
    made = call("ops.top_k", at.input, op.k)
    found = unpacked(at, made, ("values", "indices"))
    if op.index_dtype == "int64":
        found.outputs["indices"] = call("ops.cast", at.result("indices"), "int64")
    return found
