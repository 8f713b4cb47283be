"""The data that train.py is tried on: inputs, targets, and what dropout keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.parity.cases import (
    generator,
    masks_of,
    random_inputs,
    single,
    sizes_of,
)
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays, Interpreter, Masks
from specgraph.training.losses import BinaryCrossentropy, Loss

EXAMPLES = 4
"""Examples in a batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The data of one step, in the spec's order of axes."""

    inputs: dict[str, Array]
    targets: dict[str, Array]
    shapes: dict[str, tuple[int, ...]]
    """Of every value."""
    seed: int

    @property
    def masks(self) -> Masks:
        """What dropout keeps."""
        return masks_of(self.seed)


def batches(graph: Graph, weights: Arrays, steps: int, seed: int) -> list[Batch]:
    """The data of the steps: tokens padded and repeated, every step another draw."""
    sizes = sizes_of(graph)
    chosen = sizes[min(1, len(sizes) - 1)]
    found = []
    for number in range(steps):
        drawn = int(generator(seed, "batch", number).integers(2**31))
        inputs = random_inputs(graph, "centred", EXAMPLES, chosen, drawn)
        found.append(batch_of(graph, weights, inputs, drawn))
    return found


def batch_of(graph: Graph, weights: Arrays, inputs: Arrays, seed: int) -> Batch:
    """A batch of inputs, with targets of the outputs' shapes."""
    values = Interpreter(graph, weights).run(inputs).values
    shapes = {name: array.shape for name, array in values.items()}
    sizes = {name: shapes[value.name] for name, value in graph.outputs.items()}
    return Batch(dict(inputs), random_targets(graph, sizes, seed), shapes, seed)


def random_targets(
    graph: Graph, shapes: Mapping[str, tuple[int, ...]], seed: int
) -> dict[str, Array]:
    """A target for each output, of the kind that its loss takes."""
    assert graph.training is not None
    return {
        name: _target(loss, shapes[name], generator(seed, "target", name))
        for name, loss in graph.training.losses.items()
    }


def _target(loss: Loss, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if loss.target == "class_ids":
        return rng.integers(0, shape[-1], shape[:-1])
    if loss.target == "one_hot":
        found = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
        # One example is not sure of its class; quarters are exact in every dtype.
        found[0] = 0.75 * found[0] + 0.25 * np.roll(found[0], 1, -1)
        return found
    if isinstance(loss, BinaryCrossentropy):
        found = rng.integers(0, 2, shape).astype(np.float64)
        found[0] = 0.25
        return found
    return single(rng.normal(size=shape))
