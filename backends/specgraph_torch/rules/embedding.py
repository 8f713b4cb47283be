"""Embeddings: `nn.Embedding`."""

from __future__ import annotations

from specgraph.lower.code import call, method
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.embedding import Embedding
from specgraph.training.initializers import RandomNormal
from specgraph_torch.initializers import inits
from specgraph_torch.rules.base import RULES


@RULES.lower(Embedding)
def embedding(op: Embedding, at: At) -> Lowered:
    """The framework's layer; no `padding_idx`, which would freeze a row."""
    layer = call("nn.Embedding", op.input_dim, op.output_dim)
    ids = at.input
    if at.type.dtype not in ("int32", "int64"):
        ids = method(ids, "int")
    return Lowered(
        {"output": call(at.layer(""), ids)},
        {"": layer},
        slots=(slot("weight", "embeddings"),),
        inits=inits(at, weight=("embeddings", RandomNormal(mean=0.0, stddev=1.0))),
    )
