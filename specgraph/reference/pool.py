"""What pooling computes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from specgraph.ops.pool import (
    AveragePool,
    AveragePool1D,
    AveragePool2D,
    AveragePool3D,
    MaxPool,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    Pool,
)
from specgraph.ops.window import padded_by, window_count
from specgraph.reference.base import (
    Array,
    Evaluation,
    channels_last,
    from_channels_last,
    reference,
)


@reference(MaxPool1D, MaxPool2D, MaxPool3D)
def max_pool(op: MaxPool, at: Evaluation) -> Array:
    """The greatest real part of every window; of equals, the first."""
    kind = at.types.first
    x = channels_last(at.inputs.first, kind)
    best: Array | None = None
    for cells, inside, _ in window_cells(op, x):
        cells = np.where(inside, cells, -np.inf)
        best = cells if best is None else np.where(cells.real > best.real, cells, best)
    assert best is not None
    return from_channels_last(best.astype(x.dtype), kind)


@reference(AveragePool1D, AveragePool2D, AveragePool3D)
def average_pool(op: AveragePool, at: Evaluation) -> Array:
    """The sum of every window by the number of its cells."""
    kind = at.types.first
    x = channels_last(at.inputs.first, kind)
    total: Array | int = 0
    count: Array | int = 0
    for cells, inside, on_padding in window_cells(op, x):
        total = total + np.where(inside, cells, 0)
        count = count + (inside | on_padding if op.count_include_pad else inside)
    mean = total / (op.divisor_override or count)
    return from_channels_last(np.asarray(mean).astype(x.dtype), kind)


def window_cells(op: Pool, x: Array) -> Iterator[tuple[Array, Array, Array]]:
    """For each cell of the window: what every window sees there in [B, *S, C].

    With it two masks [*S', 1]: whether the cell lies in the input, and whether it lies
    on the padding. A cell that lies elsewhere hangs over the end.
    """
    places, inputs, paddings = [], [], []
    for axis, length in enumerate(x.shape[1:-1]):
        size, stride = op.pool_size[axis], op.steps[axis]
        dilation = op.dilation_rate[axis]
        added = padded_by(op.padding, axis, length, size, stride, dilation)
        count = window_count(length, added, size, stride, dilation, op.ceil_mode)
        assert isinstance(count, int)
        starts = np.arange(count) * stride - added[0]
        place = starts[:, None] + np.arange(size) * dilation
        places.append(np.clip(place, 0, length - 1))
        inputs.append((place >= 0) & (place < length))
        paddings.append(place < length + added[1])
    for cell in itertools.product(*(range(size) for size in op.pool_size)):
        seen = x
        for axis, place in enumerate(places):
            seen = np.take(seen, place[:, cell[axis]], axis + 1)
        inside = _grid([mask[:, c] for mask, c in zip(inputs, cell, strict=True)])
        within = _grid([mask[:, c] for mask, c in zip(paddings, cell, strict=True)])
        yield seen, inside, within & ~inside


def _grid(masks: list[Array]) -> Array:
    """One mask per axis as one over all axes, and an axis for the channels."""
    grid = masks[0]
    for mask in masks[1:]:
        grid = grid[..., None] & mask
    return grid[..., None]
