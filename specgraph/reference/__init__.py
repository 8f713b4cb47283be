"""What every op does, in NumPy: the living definition and the oracle."""

from specgraph.reference import (
    activation,
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
    reshape,
    slice,
)
from specgraph.reference.base import REFERENCES, Array, Evaluation, evaluate

__all__ = [
    "REFERENCES",
    "Array",
    "Evaluation",
    "activation",
    "compare",
    "conv",
    "dense",
    "embedding",
    "evaluate",
    "merge",
    "gate",
    "norm",
    "pad",
    "parameter",
    "pool",
    "recurrent",
    "regularize",
    "reshape",
    "slice",
]
