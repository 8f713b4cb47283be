"""What gates and learned slopes compute."""

from __future__ import annotations

import numpy as np

from specgraph.ops.gate import Glu, PRelu
from specgraph.reference import elementary
from specgraph.reference.base import Array, Evaluation, reference


@reference(Glu)
def glu(op: Glu, at: Evaluation) -> Array:
    """One half, gated by the other."""
    first, second = np.split(at.inputs.first, 2, axis=op.axis_of(at.types.first))
    return np.asarray(first * elementary.sigmoid(second))


@reference(PRelu)
def prelu(op: PRelu, at: Evaluation) -> Array:
    """A learned slope below 0, and at 0."""
    x = at.inputs.first
    return np.where(x.real > 0, x, at.params["alpha"] * x)
