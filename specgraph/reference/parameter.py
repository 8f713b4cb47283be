"""What a parameter gives."""

from __future__ import annotations

import numpy as np

from specgraph.ops.parameter import Constant, Parameter
from specgraph.reference.base import Array, Evaluation, reference


@reference(Parameter)
def parameter(op: Parameter, at: Evaluation) -> Array:
    """The weight, once per example."""
    return np.repeat(at.params["value"][None], at.batch, axis=0)


@reference(Constant)
def constant(op: Constant, at: Evaluation) -> Array:
    """The numbers, once per example."""
    value = np.array(op.value, op.dtype)
    if op.dtype == "float32":
        value = value.astype(at.floats)
    return np.repeat(value[None], at.batch, axis=0)
