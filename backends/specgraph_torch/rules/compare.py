"""Comparisons."""

from __future__ import annotations

from specgraph.lower.code import value
from specgraph.lower.pycode import Compare, UnaryOp
from specgraph.lower.rules import At, Lowered
from specgraph.ops.compare import NotEqual
from specgraph_torch.rules.base import RULES


@RULES.lower(NotEqual)
def not_equal(op: NotEqual, at: At) -> Lowered:
    """`!=`; a flag is itself or `~` itself."""
    first, *others = at.inputs
    if others:
        return Lowered({"output": Compare(first, "!=", others[0])})
    assert op.value is not None
    if at.type.dtype == "bool" and op.value in (0, 1):
        return Lowered({"output": UnaryOp("~", first) if op.value else first})
    number = int(op.value) if isinstance(op.value, bool) else op.value
    return Lowered({"output": Compare(first, "!=", value(number))})
