"""What the op computes, in NumPy."""

from __future__ import annotations

from specgraph.reference.base import (
    Array,
    Evaluation,
    channels_last,
    from_channels_last,
    reference,
)

from .ops import ChannelAffine


@reference(ChannelAffine)
def channel_affine(op: ChannelAffine, at: Evaluation) -> Array:
    """The definition, channels moved to the end and back."""
    kind = at.types.first
    result = channels_last(at.inputs.first, kind) * at.params["scale"]
    if op.use_shift:
        result = result + at.params["shift"]
    return from_channels_last(result, kind)
