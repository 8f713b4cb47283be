"""What is added to scores: helpers, for Keras has no layers for it."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.score_bias import Alibi, RelativePositionBias
from specgraph_keras.initializers import initializer, penalty
from specgraph_keras.rules.base import RULES, make
from specgraph_keras.rules.embedding import NATIVE


@RULES.lower(RelativePositionBias)
def relative_position_bias(op: RelativePositionBias, at: At) -> Lowered:
    """A helper, by distances or by offsets in a window."""
    named: dict[str, Argument] = {}
    if op.embeddings_initializer != NATIVE:
        named["initializer"] = initializer(at, at.params[0])
    if op.embeddings_regularizer is not None:
        named["regularizer"] = penalty(op.embeddings_regularizer)
    if op.window is not None:
        layer = make(at, at.helper("WindowPositionBias"), *op.window, **named)
    else:
        if not op.bidirectional:
            named = {"bidirectional": False, **named}
        limits: tuple[Argument, ...] = op.num_buckets, op.max_distance
        layer = make(at, at.helper("RelativePositionBias"), *limits, **named)
    return Lowered(
        {"output": call(layer, at.input)}, slots=(slot("embeddings", "embeddings"),)
    )


@RULES.lower(Alibi)
def alibi(op: Alibi, at: At) -> Lowered:
    """A helper."""
    args: tuple[Argument, ...] = (op.max_bias,) if op.max_bias != 8 else ()
    return Lowered({"output": call(make(at, at.helper("Alibi"), *args), at.input)})
