"""What shape ops compute."""

from __future__ import annotations

import numpy as np

from specgraph.ops.reshape import ExpandDims, Flatten, Permute, Reshape, Squeeze
from specgraph.reference.base import Array, Evaluation, reference


@reference(Flatten)
def flatten(op: Flatten, at: Evaluation) -> Array:
    """All axes but the batch in one."""
    x = at.inputs.first
    return x.reshape(x.shape[0], -1)


@reference(Reshape)
def reshape(op: Reshape, at: Evaluation) -> Array:
    """The elements in order, in another shape."""
    x = at.inputs.first
    return x.reshape(x.shape[0], *op.target_shape)


@reference(Permute)
def permute(op: Permute, at: Evaluation) -> Array:
    """The axes in another order."""
    return np.transpose(at.inputs.first, (0, *op.dims))


@reference(ExpandDims)
def expand_dims(op: ExpandDims, at: Evaluation) -> Array:
    """A new axis."""
    return np.expand_dims(at.inputs.first, op.place(at.types.first))


@reference(Squeeze)
def squeeze(op: Squeeze, at: Evaluation) -> Array:
    """Without axes of size 1."""
    return np.squeeze(at.inputs.first, op.places(at.types.first))
