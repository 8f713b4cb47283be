"""What padding gives."""

from __future__ import annotations

from specgraph.ops.pad import ZeroPad1D, ZeroPad2D
from specgraph.reference.base import (
    Array,
    Evaluation,
    channels_last,
    from_channels_last,
    reference,
)
from specgraph.reference.conv import padded


@reference(ZeroPad1D, ZeroPad2D)
def zero_pad(op: ZeroPad1D | ZeroPad2D, at: Evaluation) -> Array:
    """Zeros around the spatial axes."""
    kind = at.types.first
    x = padded(channels_last(at.inputs.first, kind), op.padding)
    return from_channels_last(x, kind)
