"""What the commands `weights init | convert | inspect` call."""

from __future__ import annotations

from specgraph.ir.graph import Graph
from specgraph.weights.convert import (
    CANONICAL,
    Address,
    Conversion,
    address,
    convert,
    write,
)
from specgraph.weights.errors import WeightsError, WorkerError
from specgraph.weights.initial import FloatName, init
from specgraph.weights.inspect import Entry, Inspection, inspect

__all__ = [
    "Address",
    "Conversion",
    "Entry",
    "Inspection",
    "WeightsError",
    "WorkerError",
    "address",
    "convert_weights",
    "init_weights",
    "inspect_weights",
]

convert_weights = convert
inspect_weights = inspect


def init_weights(
    graph: Graph, target: str, *, seed: int = 0, dtype: FloatName = "float32"
) -> Address:
    """Draws initial weights of a graph, writes them, and says where.

    `target` is an address, or the path of a canonical file.  The same seed gives every
    backend the same weights.  Raises WeightsError.
    """
    where = address(target, CANONICAL)
    write(graph, where, init(graph, seed, dtype))
    return where
