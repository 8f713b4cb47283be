"""What is added to scores: `nn.Embedding` of helpers' numbers."""

from __future__ import annotations

from specgraph.lower.code import Argument, binary, call, method
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.score_bias import Alibi, RelativePositionBias
from specgraph.training.initializers import RandomNormal
from specgraph_torch.initializers import inits
from specgraph_torch.rules.base import RULES


@RULES.lower(RelativePositionBias)
def relative_position_bias(op: RelativePositionBias, at: At) -> Lowered:
    """A table of all biases, looked up by a helper's numbers [query, key]."""
    if op.window is not None:
        rows = call(at.helper("window_offsets"), at.input, *op.window)
    else:
        limits: tuple[Argument, ...] = op.num_buckets, op.max_distance
        named = {} if op.bidirectional else {"bidirectional": False}
        rows = call(at.helper("relative_buckets"), at.input, *limits, **named)
    bias = method(call(at.layer(""), rows), "permute", 2, 0, 1)
    return Lowered(
        {"output": binary(at.input, "+", bias)},
        {"": call("nn.Embedding", *at.params[0].shape)},
        slots=(slot("weight", "embeddings"),),
        inits=inits(at, weight=("embeddings", RandomNormal(mean=0.0, stddev=1.0))),
    )


@RULES.lower(Alibi)
def alibi(op: Alibi, at: At) -> Lowered:
    """A helper."""
    args: tuple[Argument, ...] = (op.max_bias,) if op.max_bias != 8 else ()
    return Lowered({"output": call(at.helper("add_alibi"), at.input, *args)})
