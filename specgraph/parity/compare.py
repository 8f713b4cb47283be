"""How far two arrays are from each other, and how far they may be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from specgraph.reference.base import Array

RELATIVE_FLOOR = 1e-3
"""The least scale of a tensor, by the greatest of its kind."""
ABSOLUTE_FLOOR = 1e-12
FACTOR = 4.0
"""How much worse than the reference in its dtype a backend may be."""
SINGLE_STEPS = 512.0
"""Roundings of float32 that are always allowed, by the square root of the depth.

Correct backends need up to 270 (TensorFlow's elu of tiny numbers); the mutant of a
variance that cancels, of inputs around 100, needs thousands.
"""


def greatest(array: Array) -> float:
    """The greatest absolute value; infinite if one is NaN."""
    if not array.size:
        return 0.0
    found = float(np.abs(array).max())
    return math.inf if math.isnan(found) else found


def floor_of(arrays: Iterable[Array]) -> float:
    """The least scale that a tensor among these is measured by."""
    most = max((greatest(array) for array in arrays), default=0.0)
    return max(RELATIVE_FLOOR * most, ABSOLUTE_FLOOR)


def error_of(found: Array, wanted: Array, scale: float) -> float:
    """The greatest difference by a scale; infinite for NaN or another shape."""
    if found.shape != wanted.shape:
        return math.inf
    if not found.size:
        return 0.0
    if found.dtype == np.bool_ or wanted.dtype == np.bool_:
        return 0.0 if (found == wanted).all() else math.inf
    with np.errstate(all="ignore"):
        most = float(np.abs(found.astype(np.float64) - wanted).max())
    return math.inf if math.isnan(most) else most / scale


def scale_of(wanted: Array, floor: float) -> float:
    """What an error is measured by: the greatest value wanted, or the floor."""
    return max(greatest(wanted), floor)


def single_tolerance(reference_error: float, depth: int) -> float:
    """The gate of float32."""
    always = SINGLE_STEPS * 2.0**-24 * math.sqrt(depth)
    return max(FACTOR * reference_error, always)


def errors(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> dict[str, float]:
    """The error of every tensor by name, their floor taken from all that are wanted."""
    floor = floor_of(wanted.values())
    return {
        name: error_of(array, wanted[name], scale_of(wanted[name], floor))
        for name, array in found.items()
        if name in wanted
    }
