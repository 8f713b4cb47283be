"""Initial weights of a graph, drawn as its initializers say."""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.ops.base import Param
from specgraph.ops.spectral_norm import START
from specgraph.reference.base import Array
from specgraph.reference.spectral_norm import as_matrix, improved
from specgraph.reference.training import initialize
from specgraph.reference.weight_norm import lengths
from specgraph.training.derived import Derived, Lengths, Singular

FloatName = Literal["float32", "float64"]


def init(graph: Graph, seed: int = 0, dtype: FloatName = "float32") -> dict[str, Array]:
    """Canonical tensors by path; the same for a seed whatever other layers there are."""
    params = graph.parameters()
    drawn = {
        path: _draw(param, path, seed)
        for path, param in params.items()
        if not isinstance(param.initializer, Derived)
    }
    return {
        path: (drawn[path] if path in drawn else _derived(param, path, drawn)).astype(
            dtype
        )
        for path, param in params.items()
    }


def _derived(param: Param, path: str, drawn: dict[str, Array]) -> Array:
    """What the weight beside it says of a weight."""
    found = param.initializer
    assert isinstance(found, Lengths | Singular)
    other = drawn[f"{path.rpartition('.')[0]}.{found.weight}"]
    if isinstance(found, Lengths):
        return lengths(other, found.axis).reshape(param.shape)
    matrix = as_matrix(other, found.axis)
    start = np.random.default_rng(0).normal(size=len(matrix))
    u, v = improved(matrix, start, START, 1e-12)
    return u if found.side == "columns" else v.reshape(param.shape)


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
