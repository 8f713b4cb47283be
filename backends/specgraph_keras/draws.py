"""What dropout and noise draw in Keras, handed in from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from keras import ops
from keras.src.backend import random as keras_random
from numpy.typing import NDArray

Masks = Mapping[int, NDArray[Any]]

ALMOST_ONE = 1 - 2.0**-24
"""The greatest float32 number below 1."""
SEEDS = "seed_generator"
"""What a layer that draws holds."""


class Draws:
    """The layers of a model that draw, known by the seeds that they draw with."""

    def __init__(self, values: Mapping[int, Any]) -> None:
        self.sources: dict[int, list[int]] = {}
        """By seed, the taps of the calls that draw with it, in their order."""
        for tap, value in values.items():
            for generator in _seeds(value, values):
                self.sources.setdefault(id(generator), []).append(tap)

    @contextmanager
    def masked(self, masks: Masks) -> Iterator[None]:
        """Layers that draw what the masks say, by the seeds that they draw with."""

        asked: dict[int, int] = {}

        def drawn(seed: Any) -> NDArray[Any]:
            """A layer that is called several times takes the next one's."""
            taps = self.sources[id(seed)]
            turn = asked[id(seed)] = asked.get(id(seed), -1) + 1
            return masks[taps[turn % len(taps)]]

        def dropout(
            inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None
        ) -> Any:
            keep = drawn(seed)
            scale = 1 / (1 - rate) if rate < 1 else 0.0
            factor = ops.convert_to_tensor(scale, inputs.dtype)
            return ops.where(keep, inputs * factor, ops.zeros_like(inputs))

        def normal(
            shape: Any, mean: float, stddev: float, dtype: Any, seed: Any = None
        ) -> Any:
            return mean + stddev * ops.convert_to_tensor(drawn(seed), dtype)

        def uniform(shape: Any, *limits: Any, seed: Any = None, **named: Any) -> Any:
            # A number below 1 is kept at all rates, and 0 is dropped at all but 0.
            return ops.where(drawn(seed), ALMOST_ONE, 0.0)

        if not masks:
            yield
            return
        with patch.multiple(
            keras_random, dropout=dropout, normal=normal, uniform=uniform
        ):
            yield


def _seeds(value: Any, taps: Mapping[int, Any]) -> Iterator[Any]:
    """The seed generators of the layers that made a value out of other taps."""
    known, waiting = {id(tap) for tap in taps.values()}, [value]
    while waiting:
        history = waiting.pop()._keras_history
        operation = history.operation
        layers = getattr(operation, "_flatten_layers", list[Any])()
        yield from (one.seed_generator for one in layers if hasattr(one, SEEDS))
        node = operation._inbound_nodes[history.node_index]
        waiting += [one for one in node.input_tensors if id(one) not in known]
