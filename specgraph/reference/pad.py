"""What padding gives."""

from __future__ import annotations

import numpy as np

from specgraph.ops.pad import (
    ConstantPad,
    CopyPad,
    ReflectionPad,
    ReflectionPad1D,
    ReflectionPad2D,
    ReplicationPad1D,
    ReplicationPad2D,
    ZeroPad,
    ZeroPad1D,
    ZeroPad2D,
    ZeroPad3D,
)
from specgraph.reference.base import (
    Array,
    Evaluation,
    channels_last,
    from_channels_last,
    reference,
)
from specgraph.reference.conv import padded


@reference(ZeroPad1D, ZeroPad2D, ZeroPad3D)
def zero_pad(op: ZeroPad, at: Evaluation) -> Array:
    """Zeros around the spatial axes."""
    kind = at.types.first
    x = padded(channels_last(at.inputs.first, kind), op.padding)
    return from_channels_last(x, kind)


@reference(ReflectionPad1D, ReflectionPad2D, ReplicationPad1D, ReplicationPad2D)
def copy_pad(op: CopyPad, at: Evaluation) -> Array:
    """Copies of the input around the spatial axes."""
    kind = at.types.first
    mode = "reflect" if isinstance(op, ReflectionPad) else "replicate"
    x = padded(channels_last(at.inputs.first, kind), op.padding, mode)
    return from_channels_last(x, kind)


@reference(ConstantPad)
def pad(op: ConstantPad, at: Evaluation) -> Array:
    """The value before and after the axis."""
    amounts = [(0, 0)] * at.types.first.rank
    amounts[at.types.first.axis(op.axis)] = (op.before, op.after)
    return np.pad(at.inputs.first, amounts, constant_values=op.value)
