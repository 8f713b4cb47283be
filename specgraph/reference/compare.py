"""What comparisons give."""

from __future__ import annotations

import numpy as np

from specgraph.ops.compare import NotEqual
from specgraph.reference.base import Array, Evaluation, reference


@reference(NotEqual)
def not_equal(op: NotEqual, at: Evaluation) -> Array:
    """Whether the operands differ, by real part."""
    first, *others = (value.real for value in at.inputs)
    return np.asarray(first != (others[0] if others else op.value))
