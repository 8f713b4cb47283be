"""The ops of the language, one file per family."""

from specgraph.ops import (
    activation,
    cast,
    compare,
    conv,
    dense,
    embedding,
    gate,
    merge,
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
from specgraph.ops.base import OPS

__all__ = [
    "OPS",
    "activation",
    "cast",
    "compare",
    "conv",
    "dense",
    "embedding",
    "merge",
    "gate",
    "norm",
    "pad",
    "parameter",
    "pool",
    "recurrent",
    "regularize",
    "repeat",
    "reshape",
    "slice",
]
