"""What other dtypes hold."""

from __future__ import annotations

import numpy as np

from specgraph.ops.base import FLOATS
from specgraph.ops.cast import Cast, OneHot
from specgraph.reference.base import Array, Evaluation, reference


@reference(Cast)
def cast(op: Cast, at: Evaluation) -> Array:
    """The numbers, by real part where they are no floats any more."""
    x = at.inputs.first
    if op.dtype != "float32":
        return np.asarray(x.real.astype(op.dtype))
    return x if at.types.first.dtype in FLOATS else x.astype(at.floats)


@reference(OneHot)
def one_hot(op: OneHot, at: Evaluation) -> Array:
    """Where an id is a class's number."""
    ones = at.inputs.first[..., None] == np.arange(op.num_classes)
    return np.asarray(ones.astype(at.floats))
