"""Holds emitted models against independent implementations, weights moved by a map."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.parity.cases import Case, generator
from specgraph.parity.emitted import Emitted
from specgraph.parity.pool import Pool
from specgraph.plugins import find_backend
from specgraph.reference.base import Array
from specgraph.reference.interpret import Run
from specgraph.weights.convert import address, read
from specgraph.weights.formats import Rules
from specgraph.weights.maps import read_map

ROOT = Path(__file__).parents[2]
BACKENDS = ("torch", "keras")
BOUND = 1e-9
"""The largest error of a tensor, relative to its scale."""
NOTHING = Run({}, {}, False, float("inf"), {})
Arrays = Mapping[str, Array]
Errors = Mapping[str, Mapping[str, float]]
"""By backend, the largest error of outputs, gradients and buffers."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of a model: its outputs by name, gradients and later weights by path.

    The gradients are of the sum of the outputs, weighted.
    """

    outputs: Arrays
    gradients: Arrays
    weights: Arrays


def drawn(shape: tuple[int, ...], *names: object) -> Array:
    """Normal numbers that depend on names alone."""
    return np.asarray(generator(0, *names).normal(size=shape))


def foreign_weights(graph: Graph, file: str, map: str) -> dict[str, Array]:
    """The canonical tensors of a foreign file (`torch:FILE`), by a map of specs/maps."""
    rules = Rules(read_map(ROOT / "specs" / "maps" / f"{map}.yaml"))
    tensors, matches, notes = read(graph, address(file), rules)
    assert matches and {match.how for match in matches} == {"map"} and not notes
    return tensors


def emitted_pass(
    graph: Graph,
    backend: str,
    weights: Arrays,
    inputs: Arrays,
    cotangents: Arrays,
    training: bool,
    pool: Pool,
) -> Pass:
    """One pass of the model that a backend emits, in float64."""
    found = find_backend(backend)
    emitted = Emitted(backend, found.worker, found.plan(graph), pool.path(graph.name))
    emitted.write()
    sums = {f"output:{name}": array for name, array in cotangents.items()}
    # Rates are 0, so nothing needs a mask.
    case = Case("original", False, weights, inputs, sums, 0, NOTHING)
    job = {
        "kind": "run",
        "model": {**emitted.model, "taps": [], "runs": [], "siblings": [], "again": {}},
        "weights": pool.store("weights", emitted.weights(weights, "float64")),
        "arrays": pool.store("inputs", emitted.inputs(case, "float64")),
        "training": training,
        "later": False,
    }
    result = pool.start(found.worker, "float64").submit(job).result()
    os.unlink(str(job["weights"]))
    outcome = emitted.outcome(result.arrays, case)
    assert outcome.outputs.keys() == graph.outputs.keys()
    assert set(outcome.dtypes.values()) == {"float64"}
    return Pass(outcome.outputs, outcome.weight_gradients, outcome.weights)


def largest_errors(
    graph: Graph, start: Arrays, found: Pass, original: Pass
) -> dict[str, float]:
    """The largest error of outputs, gradients and buffers, relative to their scale.

    `start` are the weights before the pass.
    """
    trained = graph.parameters(trainable=True)
    buffers = graph.parameters().keys() - trained.keys()
    later = {path: original.weights[path] for path in buffers}
    moved = {path: found.weights.get(path, start[path]) for path in buffers}
    gradients = {path: original.gradients[path] for path in trained}
    assert found.gradients.keys() == gradients.keys()
    return {
        "outputs": _error(found.outputs, original.outputs),
        "gradients": _error(found.gradients, gradients),
        "buffers": _error(moved, later),
    }


def _error(found: Arrays, expected: Arrays) -> float:
    """The largest difference to the scale of its tensor, or a thousandth of all."""
    if not expected:
        return 0.0
    floor = 1e-3 * max(float(np.abs(array).max()) for array in expected.values())
    worst = 0.0
    for name, array in expected.items():
        assert found[name].shape == array.shape, name
        assert np.isfinite(found[name]).all(), name
        scale = max(float(np.abs(array).max()), floor, 1e-12)
        worst = max(worst, float(np.abs(found[name] - array).max()) / scale)
    return worst
