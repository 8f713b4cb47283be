"""What comparisons give."""

from __future__ import annotations

import numpy as np

from specgraph.ops.compare import Comparison, Equal, Greater, Less, NotEqual
from specgraph.reference.base import Array, Evaluation, reference
from specgraph.reference.merge import operands


def compared(op: Comparison, at: Evaluation) -> tuple[Array, Array]:
    """The real parts of what is compared."""
    first, *others = (value.real for value in operands(at))
    return first, others[0] if others else np.asarray(op.value)


@reference(NotEqual)
def not_equal(op: NotEqual, at: Evaluation) -> Array:
    """Whether the operands differ."""
    first, second = compared(op, at)
    return np.asarray(first != second)


@reference(Equal)
def equal(op: Equal, at: Evaluation) -> Array:
    """Whether the operands are equal."""
    first, second = compared(op, at)
    return np.asarray(first == second)


@reference(Greater)
def greater(op: Greater, at: Evaluation) -> Array:
    """Whether the first is greater."""
    first, second = compared(op, at)
    return np.asarray(first > second)


@reference(Less)
def less(op: Less, at: Evaluation) -> Array:
    """Whether the first is less."""
    first, second = compared(op, at)
    return np.asarray(first < second)
