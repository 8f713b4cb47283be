"""Embeddings: `layers.Embedding`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.embedding import Embedding
from specgraph.training.initializers import RandomUniform
from specgraph_keras.initializers import in_training, initializer
from specgraph_keras.rules.base import RULES, make

NATIVE = RandomUniform(minval=-0.05, maxval=0.05)


@RULES.lower(Embedding)
def embedding(op: Embedding, at: At) -> Lowered:
    """The framework's layer; `mask_zero` stays off, masks are values of their own."""
    named: dict[str, Argument] = {}
    if at.params[0].initializer != NATIVE:
        named["embeddings_initializer"] = initializer(at, at.params[0])
    named |= in_training(op, "embeddings")
    layer = make(at, "Embedding", op.input_dim, op.output_dim, **named)
    return Lowered(
        {"output": call(layer, at.input)}, slots=(slot("embeddings", "embeddings"),)
    )
