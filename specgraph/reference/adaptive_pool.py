"""What pooling to a size computes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from specgraph.ops.adaptive_pool import (
    AdaptiveAveragePool,
    AdaptiveAveragePool1D,
    AdaptiveAveragePool2D,
    AdaptiveMaxPool,
    AdaptiveMaxPool1D,
    AdaptiveMaxPool2D,
    AdaptivePool,
)
from specgraph.reference.base import (
    Array,
    Evaluation,
    channels_last,
    from_channels_last,
    reference,
)


def adaptive_windows(op: AdaptivePool, x: Array) -> Iterator[Array]:
    """What of [B, *S, C] each window sees, as [B, cells, C]; the last axis runs first."""
    for place in itertools.product(*map(range, op.output_size)):
        window = (
            slice(i * length // size, -(-(i + 1) * length // size))
            for i, length, size in zip(
                place, x.shape[1:-1], op.output_size, strict=True
            )
        )
        yield x[:, *window].reshape(x.shape[0], -1, x.shape[-1])


@reference(AdaptiveAveragePool1D, AdaptiveAveragePool2D)
def adaptive_average_pool(op: AdaptiveAveragePool, at: Evaluation) -> Array:
    """The mean of every window."""
    x = channels_last(at.inputs.first, at.types.first)
    means = [seen.mean(axis=1) for seen in adaptive_windows(op, x)]
    return _placed(op, at, means)


@reference(AdaptiveMaxPool1D, AdaptiveMaxPool2D)
def adaptive_max_pool(op: AdaptiveMaxPool, at: Evaluation) -> Array:
    """The greatest real part of every window; of equals, the first."""
    x = channels_last(at.inputs.first, at.types.first)
    greatest = []
    for seen in adaptive_windows(op, x):
        first = seen.real.argmax(axis=1, keepdims=True)
        greatest.append(np.take_along_axis(seen, first, axis=1)[:, 0])
    return _placed(op, at, greatest)


def _placed(op: AdaptivePool, at: Evaluation, numbers: list[Array]) -> Array:
    """[B, C] for each window, in the input's layout."""
    y = np.stack(numbers, axis=1)
    y = y.reshape(y.shape[0], *op.output_size, y.shape[-1])
    return from_channels_last(y, at.types.first)
