"""Embeddings: `nn.Embedding`."""

from __future__ import annotations

from specgraph.lower.code import call
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
    return Lowered(
        {"output": call(at.layer(""), at.input)},
        {"": layer},
        slots=(slot("weight", "embeddings"),),
        inits=inits(at, weight=("embeddings", RandomNormal(mean=0.0, stddev=1.0))),
    )
