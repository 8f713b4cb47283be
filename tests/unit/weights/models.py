"""Small graphs, and tensors for them."""

from __future__ import annotations

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, loads
from specgraph.reference.base import Array

WORDS = """
specgraph: 1
name: words
inputs:
  tokens: {shape: [time], dtype: int32, range: [0, 7]}
layers:
  - embedding: {input_dim: 7, output_dim: 3}
  - lstm: 2
  - dense: 5
"""

TOWER = """
specgraph: 1
name: tower
inputs: {features: [6]}
layers:
  - dense: 4
  - dense: 4
  - dense: 4
  - dense: 2
    name: head
"""


def graph(text: str) -> Graph:
    return compile_spec(loads(text))


def numbers(of: Graph, dtype: str = "float64") -> dict[str, Array]:
    """Tensors that hold no number twice."""
    found, start = {}, 1
    for path, param in of.parameters().items():
        values = np.arange(start, start + param.size, dtype=dtype)
        found[path] = values.reshape(param.shape)
        start += param.size
    return found


def same(left: dict[str, Array], right: dict[str, Array]) -> bool:
    """Whether both hold the same bytes under the same keys."""
    return left.keys() == right.keys() and all(
        left[key].dtype == right[key].dtype
        and left[key].shape == right[key].shape
        and left[key].tobytes() == right[key].tobytes()
        for key in left
    )
