"""What pooling over all of space computes."""

from __future__ import annotations

import numpy as np

from specgraph.ops.global_pool import (
    GlobalAveragePool,
    GlobalAveragePool1D,
    GlobalAveragePool2D,
    GlobalAveragePool3D,
    GlobalMaxPool,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalPool,
)
from specgraph.reference.base import (
    Array,
    Evaluation,
    channels_last,
    from_channels_last,
    reference,
)


@reference(GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D)
def global_max_pool(op: GlobalMaxPool, at: Evaluation) -> Array:
    """The greatest real part per channel; equals share the gradient evenly."""
    kind = at.types.first
    x = channels_last(at.inputs.first, kind)
    flat = x.reshape(x.shape[0], -1, x.shape[-1])
    most = flat.real.max(axis=1)
    if not np.iscomplexobj(flat):
        return _global(op, at, most)
    greatest = flat.real == most[:, None]
    share = np.where(greatest, flat.imag, 0).sum(axis=1) / greatest.sum(axis=1)
    return _global(op, at, most + 1j * share)


@reference(GlobalAveragePool1D, GlobalAveragePool2D, GlobalAveragePool3D)
def global_average_pool(op: GlobalAveragePool, at: Evaluation) -> Array:
    """The mean per channel."""
    x = channels_last(at.inputs.first, at.types.first)
    return _global(op, at, x.mean(axis=tuple(range(1, op.dims + 1))))


def _global(
    op: GlobalPool,
    at: Evaluation,
    result: Array,
) -> Array:
    if not op.keepdims:
        return result
    kept = result.reshape(result.shape[0], *(1,) * op.dims, result.shape[1])
    return from_channels_last(kept, at.types.first)
