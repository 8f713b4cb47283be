"""The rules of Keras, one file a family of ops."""

from specgraph_keras.rules.base import RULES

from specgraph_keras.rules import (  # isort: skip
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
