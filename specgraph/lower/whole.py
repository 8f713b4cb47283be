"""Comparisons of integers with numbers that no integer of their type may be."""

from __future__ import annotations

from math import ceil, floor

from specgraph.ops.compare import Comparison, Greater, Less, NotEqual

LIMITS = {
    "uint8": (0, 2**8 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "bool": (0, 1),
}
"""The least and the greatest value of a type."""


def bound(op: Comparison, dtype: str) -> bool | int | float:
    """The number that values of a type are compared with, of their kind.

    A bool is the answer itself, whatever the values are.
    """
    value = op.value
    assert value is not None
    if dtype not in LIMITS:
        return float(value) if isinstance(value, bool) else value
    least, most = LIMITS[dtype]
    if isinstance(op, Greater):
        found = floor(value)
        return found if least <= found < most else found < least
    if isinstance(op, Less):
        found = ceil(value)
        return found if least < found <= most else found > most
    if value == int(value) and least <= value <= most:
        return int(value)
    return isinstance(op, NotEqual)
