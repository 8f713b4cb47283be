"""Arrays on disk, and arrays in a framework's order of axes."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
from safetensors.numpy import load_file, save_file

from specgraph.lower.plan import Physical
from specgraph.reference.base import Array


def write_arrays(path: str | os.PathLike[str], arrays: Mapping[str, Array]) -> None:
    """Writes arrays by name."""
    save_file({n: np.require(a, requirements="C") for n, a in arrays.items()}, path)


def read_arrays(path: str | os.PathLike[str]) -> dict[str, Array]:
    """The arrays of a file by name."""
    return dict(load_file(path))


def to_physical(array: Array, lies: Physical) -> Array:
    """A value in the spec's order of axes as the framework has it."""
    if lies.sizes:
        parts = array.reshape(len(array), *lies.sizes)
        moved = parts.transpose(0, *(axis + 1 for axis in lies.flat_order))
        array = moved.reshape(array.shape)
    return array.transpose(lies.order)


def from_physical(array: Array, lies: Physical) -> Array:
    """A framework's value in the spec's order of axes."""
    array = array.transpose(_inverse(lies.order))
    if not lies.sizes:
        return array
    moved = [lies.sizes[axis] for axis in lies.flat_order]
    parts = array.reshape(len(array), *moved)
    back = _inverse(lies.flat_order)
    return parts.transpose(0, *(axis + 1 for axis in back)).reshape(array.shape)


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(place) for place in range(len(order)))
