"""What regularization computes."""

from __future__ import annotations

import numpy as np

from specgraph.ops.regularize import Dropout
from specgraph.reference.base import Array, Evaluation, reference


@reference(Dropout)
def dropout(op: Dropout, at: Evaluation) -> Array:
    """In training what is kept grows, so that the mean stays."""
    x = at.inputs.first
    if not at.training or op.rate == 0:
        return x
    if op.rate == 1:
        return np.zeros_like(x)
    return np.where(at.draws(x.shape), x / (1 - op.rate), 0)
