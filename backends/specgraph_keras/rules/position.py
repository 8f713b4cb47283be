"""Positions: helpers, for Keras has no layers for them."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.position import (
    PositionEmbedding,
    RotaryEmbedding,
    SinusoidalPosition,
)
from specgraph_keras.initializers import initializer, penalty
from specgraph_keras.rules.base import RULES, make
from specgraph_keras.rules.embedding import NATIVE


@RULES.lower(PositionEmbedding)
def position_embedding(op: PositionEmbedding, at: At) -> Lowered:
    """A helper: Keras has no layer that adds the rows of a table."""
    named: dict[str, Argument] = {}
    if op.embeddings_initializer != NATIVE:
        named["embeddings_initializer"] = initializer(at, at.params[0])
    if op.embeddings_regularizer is not None:
        named["embeddings_regularizer"] = penalty(op.embeddings_regularizer)
    features = at.params[0].shape[1]
    layer = make(at, at.helper("PositionEmbedding"), op.max_length, features, **named)
    return Lowered(
        {"output": call(layer, at.input)}, slots=(slot("embeddings", "embeddings"),)
    )


@RULES.lower(SinusoidalPosition, RotaryEmbedding)
def waves(op: SinusoidalPosition | RotaryEmbedding, at: At) -> Lowered:
    """A helper: the waves are made when their length is known."""
    named: dict[str, Argument] = {}
    for name, value in op:
        if value != type(op).model_fields[name].default:
            named[name] = value
    layer = make(at, at.helper(type(op).__name__), **named)
    return Lowered({"output": call(layer, at.input)})
