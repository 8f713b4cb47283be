"""What is added to scores."""

from __future__ import annotations

import numpy as np

from specgraph.ops.score_bias import Alibi, RelativePositionBias
from specgraph.reference.base import Array, Evaluation, reference


@reference(RelativePositionBias)
def relative_position_bias(op: RelativePositionBias, at: Evaluation) -> Array:
    """Each query and key of a head add what their row of the table says."""
    x = at.inputs.first
    rows = np.array(
        [[_row(op, i, j) for j in range(x.shape[3])] for i in range(x.shape[2])]
    )
    return np.asarray(x + np.moveaxis(at.params["embeddings"][rows], -1, 0))


def _row(op: RelativePositionBias, query: int, key: int) -> int:
    if op.window is not None:
        height, width = op.window
        down = query // width - key // width + height - 1
        return down * (2 * width - 1) + query % width - key % width + width - 1
    if not op.bidirectional:
        return op.bucket(max(query - key, 0))
    side, _ = op.spread
    return op.bucket(abs(key - query)) + (side if key > query else 0)


@reference(Alibi)
def alibi(op: Alibi, at: Evaluation) -> Array:
    """Far keys count less."""
    x = at.inputs.first
    distance = np.abs(np.subtract.outer(np.arange(x.shape[2]), np.arange(x.shape[3])))
    slopes = np.array(op.slopes(x.shape[1]), x.real.dtype)
    return np.asarray(x - slopes[:, None, None] * distance.astype(slopes.dtype))
