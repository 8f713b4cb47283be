"""What cropping leaves."""

from __future__ import annotations

from specgraph.ops.crop import Crop, Crop1D, Crop2D, Crop3D
from specgraph.reference.base import (
    Array,
    Evaluation,
    channels_last,
    from_channels_last,
    reference,
)


@reference(Crop1D, Crop2D, Crop3D)
def crop(op: Crop, at: Evaluation) -> Array:
    """The cells between."""
    kind = at.types.first
    x = channels_last(at.inputs.first, kind)
    kept = (
        slice(before, length - after)
        for length, (before, after) in zip(x.shape[1:-1], op.cropping, strict=True)
    )
    return from_channels_last(x[:, *kept], kind)
