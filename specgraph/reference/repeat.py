"""What copies are."""

from __future__ import annotations

import numpy as np

from specgraph.ops.repeat import RepeatElements, RepeatVector, Stack, Tile
from specgraph.reference.base import Array, Evaluation, reference


@reference(Stack)
def stack(op: Stack, at: Evaluation) -> Array:
    """The operands on a new axis."""
    return np.stack(tuple(at.inputs), op.axis)


@reference(RepeatVector)
def repeat_vector(op: RepeatVector, at: Evaluation) -> Array:
    """Equal steps."""
    return np.stack([at.inputs.first] * op.n, 1)


@reference(Tile)
def tile(op: Tile, at: Evaluation) -> Array:
    """Copies of the whole."""
    return np.tile(at.inputs.first, (1, *op.repeats))


@reference(RepeatElements)
def repeat_elements(op: RepeatElements, at: Evaluation) -> Array:
    """Copies of each element."""
    return np.repeat(at.inputs.first, op.repeats, op.axis)
