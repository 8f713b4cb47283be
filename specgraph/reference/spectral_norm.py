"""What a layer computes whose kernel is divided by its spectral norm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from specgraph.ops.spectral_norm import SpectralNorm
from specgraph.reference.base import Array, Evaluation, evaluate, reference


@reference(SpectralNorm)
def spectral_norm(op: SpectralNorm, at: Evaluation) -> dict[str, Array]:
    """The layer with the kernel over v W u, u and v improved in training."""
    kernel = at.params["kernel"]
    matrix = as_matrix(kernel, op.columns)
    u, v = at.params["vector_u"].real, at.params["vector_v"].real
    if at.training:
        rows, repeats = v.reshape(-1), op.power_iterations
        u, rows = improved(matrix.real, rows, repeats, op.epsilon)
        v = rows.reshape(v.shape)
        at.updates |= {"vector_u": u, "vector_v": v}
    norm = v.reshape(-1) @ matrix @ u
    return evaluate(
        op.layer, replace(at, params={**at.params, "kernel": kernel / norm})
    )


def as_matrix(kernel: Array, columns: int) -> Array:
    """A kernel as [all other axes, one axis]."""
    return np.moveaxis(kernel, columns, -1).reshape(-1, kernel.shape[columns])


def improved(
    matrix: Array, v: Array, repeats: int, epsilon: float
) -> tuple[Array, Array]:
    """u and v after some power iterations."""
    u = v
    for _ in range(repeats):
        u = _unit(v @ matrix, epsilon)
        v = _unit(matrix @ u, epsilon)
    return u, v


def _unit(vector: Array, epsilon: float) -> Array:
    return np.asarray(vector / max(np.sqrt((vector * vector).sum()), epsilon))
