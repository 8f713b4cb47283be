"""torch's rules, one file a family of ops."""

from specgraph_torch.rules.base import RULES

from specgraph_torch.rules import (  # isort: skip
    activation,
    cast,
    compare,
    conv,
    conv_transpose,
    dense,
    embedding,
    gate,
    merge,
    group_norm,
    norm,
    pad,
    parameter,
    pool,
    recurrent,
    regularize,
    repeat,
    reshape,
    slice,
)

__all__ = [
    "RULES",
    "activation",
    "cast",
    "compare",
    "conv",
    "conv_transpose",
    "dense",
    "embedding",
    "gate",
    "merge",
    "norm",
    "group_norm",
    "merge",
    "pad",
    "parameter",
    "pool",
    "recurrent",
    "regularize",
    "repeat",
    "reshape",
    "slice",
]
