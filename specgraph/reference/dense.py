"""What the dense layer computes."""

from __future__ import annotations

from specgraph.ops.dense import Dense
from specgraph.reference.base import Array, Evaluation, activate, reference


@reference(Dense)
def dense(op: Dense, at: Evaluation) -> Array:
    """Each row times the kernel, plus the bias."""
    y = at.inputs.first @ at.params["kernel"]
    if op.use_bias:
        y = y + at.params["bias"]
    return activate(op.activation, y)
