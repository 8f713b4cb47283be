"""torch's rules, one file a family of ops."""

from specgraph_torch.rules.base import RULES

from specgraph_torch.rules import (  # isort: skip
    activation,
    conv,
    dense,
    embedding,
    pool,
    recurrent,
    reshape,
)

__all__ = [
    "RULES",
    "activation",
    "conv",
    "dense",
    "embedding",
    "pool",
    "recurrent",
    "reshape",
]
