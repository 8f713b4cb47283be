"""Comparisons, which give booleans."""

from __future__ import annotations

from specgraph.lower.code import call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.whole import bound
from specgraph.ops.compare import Comparison, Equal, Greater, Less, NotEqual
from specgraph_keras.rules.base import RULES
from specgraph_keras.rules.merge import widened


@RULES.lower(Equal, Greater, Less, NotEqual)
def comparison(op: Comparison, at: At) -> Lowered:
    """The function of the same name."""
    function = f"ops.{op.label}"
    if op.value is None:
        return Lowered({"output": call(function, *widened(at))})
    compared = bound(op, at.type.dtype)
    if isinstance(compared, bool):
        fill = "ops.ones_like" if compared else "ops.zeros_like"
        return Lowered({"output": call(fill, at.input, dtype="bool")})
    if at.type.dtype == "bool":
        return Lowered({"output": call(function, at.input, bool(compared))})
    return Lowered({"output": call(function, at.input, compared)})
