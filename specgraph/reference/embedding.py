"""What the embedding table gives."""

from __future__ import annotations

from specgraph.ops.embedding import Embedding
from specgraph.reference.base import Array, Evaluation, reference


@reference(Embedding)
def embedding(op: Embedding, at: Evaluation) -> Array:
    """The rows of the ids; IndexError for an id that has none."""
    ids = at.inputs.first
    if ids.size and not (ids.min() >= 0 and ids.max() < op.input_dim):
        raise IndexError(
            f"ids run from {ids.min()} to {ids.max()}, not 0 to {op.input_dim - 1}"
        )
    return at.params["embeddings"][ids]
