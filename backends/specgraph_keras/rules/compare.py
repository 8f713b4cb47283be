"""Comparisons, which give booleans."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.base import INTEGERS
from specgraph.ops.compare import NotEqual
from specgraph_keras.rules.base import RULES

LIMITS = {
    "uint8": (0, 2**8 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "bool": (0, 1),
}
"""The least and the greatest value of a type."""


@RULES.lower(NotEqual)
def not_equal(op: NotEqual, at: At) -> Lowered:
    """`ops.not_equal`."""
    if op.value is None:
        first, second = at.inputs.many("input")
        return Lowered({"output": call("ops.not_equal", first, second)})
    if not _possible(op.value, at.type.dtype):
        return Lowered({"output": call("ops.ones_like", at.input, dtype="bool")})
    compared: Argument = op.value
    if at.type.dtype in INTEGERS:
        compared = int(op.value)
    return Lowered({"output": call("ops.not_equal", at.input, compared)})


def _possible(value: bool | int | float, dtype: str) -> bool:
    """Whether a value of a type can be equal to a number."""
    if dtype not in LIMITS:
        return True
    least, most = LIMITS[dtype]
    return value == int(value) and least <= value <= most
