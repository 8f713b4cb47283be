"""Initial weights of a graph, drawn as its initializers say."""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.ops.base import Param
from specgraph.reference.base import Array
from specgraph.reference.training import initialize

FloatName = Literal["float32", "float64"]


def init(graph: Graph, seed: int = 0, dtype: FloatName = "float32") -> dict[str, Array]:
    """Canonical tensors by path; the same for a seed whatever other layers there are."""
    return {
        path: _draw(param, path, seed).astype(dtype)
        for path, param in graph.parameters().items()
    }


def _draw(param: Param, path: str, seed: int) -> Array:
    digest = hashlib.sha256(path.encode()).digest()
    rng = np.random.default_rng([seed, int.from_bytes(digest, "little")])
    drawn = initialize(param.initializer, param.shape, rng)
    if not param.gate_initializers:
        return drawn
    blocks = np.split(drawn, len(param.gates), -1)
    for gate, initializer in param.gate_initializers:
        place = param.gates.index(gate)
        blocks[place] = initialize(initializer, blocks[place].shape, rng)
    return np.concatenate(blocks, -1)
