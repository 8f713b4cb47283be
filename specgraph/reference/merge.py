"""What merging computes."""

from __future__ import annotations

from functools import reduce

import numpy as np

from specgraph.ops.merge import (
    Add,
    Average,
    Concat,
    Divide,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)
from specgraph.reference import elementary
from specgraph.reference.base import Array, Evaluation, reference


def operands(at: Evaluation) -> list[Array]:
    """The operands with equally many axes, missing ones put behind the batch."""
    rank = max(value.ndim for value in at.inputs)
    return [
        value.reshape(value.shape[0], *(1,) * (rank - value.ndim), *value.shape[1:])
        for value in at.inputs
    ]


@reference(Add)
def add(op: Add, at: Evaluation) -> Array:
    """The sum."""
    return reduce(np.add, operands(at))


@reference(Subtract)
def subtract(op: Subtract, at: Evaluation) -> Array:
    """The difference."""
    return reduce(np.subtract, operands(at))


@reference(Multiply)
def multiply(op: Multiply, at: Evaluation) -> Array:
    """The product."""
    return reduce(np.multiply, operands(at))


@reference(Divide)
def divide(op: Divide, at: Evaluation) -> Array:
    """The quotient."""
    return reduce(np.divide, operands(at))


@reference(Average)
def average(op: Average, at: Evaluation) -> Array:
    """The sum by the number of operands."""
    return np.asarray(reduce(np.add, operands(at)) / len(at.inputs))


@reference(Maximum)
def maximum(op: Maximum, at: Evaluation) -> Array:
    """The greatest, by real part."""
    return reduce(elementary.maximum, operands(at))


@reference(Minimum)
def minimum(op: Minimum, at: Evaluation) -> Array:
    """The least, by real part."""
    return reduce(elementary.minimum, operands(at))


@reference(Concat)
def concat(op: Concat, at: Evaluation) -> Array:
    """One after the other."""
    kind = at.types.first
    axis = kind.channel_axis if op.axis is None else op.axis
    return np.concatenate(tuple(at.inputs), axis)
