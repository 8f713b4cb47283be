"""What parts of a value are."""

from __future__ import annotations

import numpy as np

from specgraph.ops.slice import Gather, Slice, Split
from specgraph.reference.base import Array, Evaluation, reference


@reference(Slice)
def slice_(op: Slice, at: Evaluation) -> Array:
    """Python's own slicing."""
    x = np.moveaxis(at.inputs.first, op.axis, 0)
    if op.index is not None:
        return np.asarray(x[op.index])
    return np.moveaxis(x[op.start : op.stop : op.step], 0, op.axis)


@reference(Split)
def split(op: Split, at: Evaluation) -> dict[str, Array]:
    """Parts one after the other."""
    kind = at.types.first
    axis = kind.channel_axis if op.axis is None else op.axis
    x = at.inputs.first
    where = np.cumsum(op.sections)[:-1] if isinstance(op.sections, tuple) else None
    parts = np.split(x, op.sections if where is None else where, axis)
    return {str(number): part for number, part in enumerate(parts)}


@reference(Gather)
def gather(op: Gather, at: Evaluation) -> Array:
    """The chosen places, example by example."""
    x, indices = at.inputs.one("input"), at.inputs.maybe("indices")
    axis = op.axis % x.ndim
    if indices is None:
        return np.take(x, np.array(op.indices), axis)
    if indices.ndim == x.ndim > 2:
        return np.take_along_axis(x, indices, axis)
    rows = [np.take(one, i, axis - 1) for one, i in zip(x, indices, strict=True)]
    return np.stack(rows)
