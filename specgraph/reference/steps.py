"""Where functions of numbers jump or bend: how far values are from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from specgraph.ops.audio import Stft
from specgraph.ops.base import FLOATS, Op
from specgraph.ops.cast import Cast
from specgraph.ops.math import Abs, Clip, Floor, Round, Sign
from specgraph.ops.mel import LogMel, LogMelSpectrogram, Mfcc
from specgraph.ops.reduce import Argmax, Max, Min, TopK
from specgraph.reference.audio import spectrum
from specgraph.reference.base import Array, Evaluation
from specgraph.reference.mel import bands, peaks

TIED = 1e-300
"""A distance that is none, but is told from the zeros that all backends have alike."""
Distances = Callable[[Any, Evaluation], Iterator[Array]]


def _to_zero(_: Op, at: Evaluation) -> Iterator[Array]:
    yield np.abs(at.inputs.first)


def _to_bounds(op: Clip, at: Evaluation) -> Iterator[Array]:
    for bound in (op.min, op.max):
        if bound is not None:
            yield np.abs(at.inputs.first - bound)


def _to_whole(_: Op, at: Evaluation) -> Iterator[Array]:
    yield np.abs(at.inputs.first - np.rint(at.inputs.first))


def _to_halves(_: Op, at: Evaluation) -> Iterator[Array]:
    yield np.abs(at.inputs.first - np.floor(at.inputs.first) - 0.5)


def _cast(op: Cast, at: Evaluation) -> Iterator[Array]:
    if at.types.first.dtype in FLOATS and op.dtype != "float32":
        yield from _to_whole(op, at)


def picks(op: Op) -> bool:
    """Whether an op gives places, which differ for numbers that are equal."""
    return isinstance(op, Argmax | TopK)


def _to_next(op: Max | Min | Argmax | TopK, at: Evaluation) -> Iterator[Array]:
    """Between the chosen and those that come next."""
    x = at.inputs.first.astype(np.float64)
    axes: tuple[int, ...] = (-1,) if isinstance(op, TopK) else ()
    if isinstance(op, Argmax):
        axes = (op.axis,)
    elif isinstance(op, Max | Min):
        axes = op.axes_of(at.types.first)
    moved = np.moveaxis(x, axes, range(len(axes)))
    listed = moved.reshape(-1, *moved.shape[len(axes) :])
    ordered = np.sort(listed if isinstance(op, Min) else -listed, axis=0)
    chosen = op.k if isinstance(op, TopK) else 1
    gaps = np.diff(ordered[: chosen + 1], axis=0)
    # Which of equal numbers is chosen is a matter of rounding, unless they are zeros.
    tied = (gaps == 0) & (ordered[:-1][: len(gaps)] != 0)
    yield np.where(tied & picks(op), TIED, gaps)


def _to_silence(op: Stft, at: Evaluation) -> Iterator[Array]:
    """Where magnitudes have a tip."""
    if op.power == 1:
        yield spectrum(op, at.inputs.first, 1)


def _to_floors(op: LogMel, at: Evaluation) -> Iterator[Array]:
    """Of levels from the least, from `top_db` below the greatest, and of the greatest.

    They are logarithms: what rounds them grows with a sound as its samples do.
    """
    x = at.inputs.first
    if op.power == 1:
        yield spectrum(op, x, 1)
    found = np.log(np.maximum(bands(op, x), np.finfo(x.dtype).tiny))
    loudness = np.abs(x).max(initial=0.0)
    yield loudness * np.abs(found - np.log(op.amin))
    if op.top_db is not None:
        depth = op.top_db / op.tenfold * np.log(10)
        yield loudness * np.abs(found - peaks(found) + depth)
        ordered = np.sort(found.reshape(len(found), -1), axis=1)
        yield loudness * np.diff(ordered[:, -2:], axis=1)


STEPS: dict[type[Op], Distances] = {
    Abs: _to_zero,
    Sign: _to_zero,
    Clip: _to_bounds,
    Floor: _to_whole,
    Round: _to_halves,
    Cast: _cast,
    Stft: _to_silence,
    LogMelSpectrogram: _to_floors,
    Mfcc: _to_floors,
    **dict.fromkeys((Argmax, Max, Min, TopK), _to_next),
}
