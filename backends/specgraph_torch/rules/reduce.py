"""Reductions: methods of tensors."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, method
from specgraph.lower.places import places, without
from specgraph.lower.pycode import Assign, Expr, Stmt, dotted
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
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.slice import in_spec_order, unpacked

METHODS = {Max: "amax", Min: "amin"}
"""Equals share the gradient of these; `max` and `min` give it to one."""


@RULES.lower(LogSumExp, Max, Mean, Min, Std, Sum, Var)
def reduction(op: Reduction, at: At) -> Lowered:
    """The method of the same name."""
    named: dict[str, Argument] = {"keepdim": True} if op.keepdims else {}
    if isinstance(op, Spread) and op.correction != 1:
        named["correction"] = op.correction
    if isinstance(op, Sum):
        named |= _dtype(at)
    name = METHODS.get(type(op), op.label)
    found = places(at, op.axes_of(at.type))
    axis: Argument = found
    if len(found) == 1:
        axis = -1 if found[0] == at.type.rank - 1 else found[0]
    return _placed(op, at, method(at.input, name, axis, **named))


@RULES.lower(Prod)
def prod(op: Prod, at: At) -> Lowered:
    """`prod`, which takes one axis at a time."""
    named: dict[str, Argument] = {"keepdim": True} if op.keepdims else {}
    made: Expr = at.input
    body: list[Stmt] = []
    result = at.result("output")
    for number, place in enumerate(reversed(places(at, op.axes_of(at.type)))):
        if number:
            body.append(Assign([result], made))
            made = result
        made = method(made, "prod", place, **named, **_dtype(at))
    found = _placed(op, at, made)
    found.body = body
    return found


def _dtype(at: At) -> dict[str, Argument]:
    """Integers stay what they are; torch adds them up in int64."""
    if at.type.dtype != "int32":
        return {}
    return {"dtype": dotted("torch.int32")}


def _placed(op: Reduction, at: At, made: Expr) -> Lowered:
    if op.keepdims:
        return Lowered({"output": made})
    order = without(at.orders.first, op.axes_of(at.type))
    return Lowered({"output": in_spec_order(made, order)})


@RULES.lower(Cumsum)
def cumsum(op: Cumsum, at: At) -> Lowered:
    """`cumsum`."""
    axis = at.physical_axis(op.axis)
    return Lowered({"output": method(at.input, "cumsum", axis, **_dtype(at))})


@RULES.lower(Argmax)
def argmax(op: Argmax, at: At) -> Lowered:
    """`argmax`."""
    named: dict[str, Argument] = {"keepdim": True} if op.keepdims else {}
    made: Expr = method(at.input, "argmax", at.physical_axis(op.axis), **named)
    if not op.keepdims:
        order = without(at.orders.first, (at.type.axis(op.axis),))
        made = in_spec_order(made, order)
    return Lowered(
        {"output": method(made, "int") if op.index_dtype == "int32" else made}
    )


@RULES.lower(TopK, order="axes")
def top_k(op: TopK, at: At) -> Lowered:
    """A helper, since `topk` may give any of equals."""
    made = call(at.helper("top_k"), at.input, op.k, at.physical_axis(-1))
    found = unpacked(at, made, ("values", "indices"))
    if op.index_dtype == "int32":
        found.outputs["indices"] = method(at.result("indices"), "int")
    return found
