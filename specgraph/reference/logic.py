"""What booleans give, and what they choose."""

from __future__ import annotations

from functools import reduce

import numpy as np

from specgraph.ops.logic import LogicalAnd, LogicalNot, LogicalOr, Where
from specgraph.reference.base import Array, Evaluation, reference
from specgraph.reference.merge import operands


@reference(LogicalAnd)
def logical_and(op: LogicalAnd, at: Evaluation) -> Array:
    """All of them."""
    return reduce(np.logical_and, operands(at))


@reference(LogicalOr)
def logical_or(op: LogicalOr, at: Evaluation) -> Array:
    """Any of them."""
    return reduce(np.logical_or, operands(at))


@reference(LogicalNot)
def logical_not(op: LogicalNot, at: Evaluation) -> Array:
    """The opposite."""
    return np.asarray(np.logical_not(at.inputs.first))


@reference(Where)
def where(op: Where, at: Evaluation) -> Array:
    """One or the other."""
    condition, value, other = operands(at)
    return np.where(condition, value, other)
