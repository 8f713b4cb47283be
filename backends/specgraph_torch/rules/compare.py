"""Comparisons."""

from __future__ import annotations

from specgraph.lower.code import call, value
from specgraph.lower.pycode import Compare, UnaryOp, dotted
from specgraph.lower.rules import At, Lowered
from specgraph.lower.whole import bound
from specgraph.ops.compare import Comparison, Equal, Greater, Less, NotEqual
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.merge import operands

OPERATORS: dict[type[Comparison], str] = {
    Equal: "==",
    Greater: ">",
    Less: "<",
    NotEqual: "!=",
}


@RULES.lower(Equal, Greater, Less, NotEqual)
def comparison(op: Comparison, at: At) -> Lowered:
    """The operator; a flag is itself or `~` itself."""
    first, *others = operands(at)
    sign = OPERATORS[type(op)]
    if others:
        return Lowered({"output": Compare(first, sign, others[0])})
    compared = bound(op, at.type.dtype)
    if isinstance(compared, bool):
        function = "torch.ones_like" if compared else "torch.zeros_like"
        made = call(function, first, dtype=dotted("torch.bool"))
        return Lowered({"output": made})
    if at.type.dtype == "bool":
        itself = bool(compared) == isinstance(op, Equal)
        return Lowered({"output": first if itself else UnaryOp("~", first)})
    return Lowered({"output": Compare(first, sign, value(compared))})
