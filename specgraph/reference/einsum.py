"""What dense layers along any axes compute."""

from __future__ import annotations

import numpy as np

from specgraph.ops.einsum import EinsumDense
from specgraph.reference.base import Array, Evaluation, activate, reference


@reference(EinsumDense)
def einsum_dense(op: EinsumDense, at: Evaluation) -> Array:
    """The product as the equation says, plus the bias."""
    equation = op.resolve(at.types).equation
    y = np.einsum(equation, at.inputs.first, at.params["kernel"])
    if op.bias_axes is not None:
        y = y + at.params["bias"]
    return activate(op.activation, np.asarray(y))
