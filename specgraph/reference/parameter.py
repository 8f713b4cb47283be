"""What a parameter gives."""

from __future__ import annotations

import numpy as np

from specgraph.ops.parameter import Parameter
from specgraph.reference.base import Array, Evaluation, reference


@reference(Parameter)
def parameter(op: Parameter, at: Evaluation) -> Array:
    """The weight, once per example."""
    return np.repeat(at.params["value"][None], at.batch, axis=0)
