"""What products along axes compute."""

from __future__ import annotations

import numpy as np

from specgraph.ops.product import Dot, Einsum, Matmul
from specgraph.reference.base import Array, Evaluation, reference


@reference(Matmul)
def matmul(op: Matmul, at: Evaluation) -> Array:
    """The product of matrices."""
    first, second = at.inputs
    return np.asarray(first @ second)


@reference(Dot)
def dot(op: Dot, at: Evaluation) -> Array:
    """The sums of products, example by example."""
    axes = op.pair(at.types)
    first, second = (
        _normal(x, axis) if op.normalize else x
        for x, axis in zip(at.inputs, axes, strict=True)
    )
    one, other = axes
    rows = [
        np.tensordot(a, b, (one - 1, other - 1))
        for a, b in zip(first, second, strict=True)
    ]
    found = np.stack(rows)
    return found if found.ndim > 1 else found[:, None]


def _normal(x: Array, axis: int) -> Array:
    """Divided by its length along an axis, where that is not next to nothing."""
    squares = (x * x).sum(axis, keepdims=True)
    return np.asarray(x / np.sqrt(np.where(squares.real > 1e-24, squares, 1e-24)))


@reference(Einsum)
def einsum(op: Einsum, at: Evaluation) -> Array:
    """Einstein's sum."""
    return np.asarray(np.einsum(op.equation, *at.inputs))
