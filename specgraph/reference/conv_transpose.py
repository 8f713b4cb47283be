"""What transposed convolutions compute."""

from __future__ import annotations

import itertools

import numpy as np

from specgraph.ops.conv_transpose import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
    ConvTranspose,
)
from specgraph.reference.base import (
    Array,
    Evaluation,
    activate,
    channels_last,
    from_channels_last,
    reference,
)


@reference(Conv1DTranspose, Conv2DTranspose, Conv3DTranspose)
def conv_transpose(op: ConvTranspose, at: Evaluation) -> Array:
    """Adds, for the kernel's cells, the input times the weights to the cells below."""
    kind = at.types.first
    x = channels_last(at.inputs.first, kind)
    y = _cut(_spread(op, x, at.params["kernel"]), op)
    if op.use_bias:
        y = y + at.params["bias"]
    return activate(op.activation, from_channels_last(y, kind))


def _spread(op: ConvTranspose, x: Array, kernel: Array) -> Array:
    """All that the kernels cover."""
    lengths, (batch, channels) = x.shape[1:-1], (x.shape[0], x.shape[-1])
    covered = [
        (length - 1) * stride + span
        for length, stride, span in zip(lengths, op.strides, op.reaches, strict=True)
    ]
    filters = kernel.shape[-2]
    x = x.reshape(batch, *lengths, op.groups, channels // op.groups)
    kernel = kernel.reshape(*kernel.shape[:-1], op.groups, channels // op.groups)
    total = np.zeros((batch, *covered, op.groups, filters), np.result_type(x, kernel))
    for cell in itertools.product(*map(range, op.kernel_size)):
        places = (
            slice(place * gap, place * gap + (length - 1) * stride + 1, stride)
            for place, gap, length, stride in zip(
                cell, op.dilation_rate, lengths, op.strides, strict=True
            )
        )
        total[:, *places] += np.einsum("...gi,fgi->...gf", x, kernel[cell])
    return total.reshape(batch, *covered, op.groups * filters)


def _cut(x: Array, op: ConvTranspose) -> Array:
    """Without what padding cuts off; zeros where it cuts less than nothing."""
    added = [(max(-before, 0), max(-after, 0)) for before, after in op.cut]
    x = np.pad(x, [(0, 0), *added, (0, 0)])
    kept = (
        slice(max(before, 0), length - max(after, 0))
        for length, (before, after) in zip(x.shape[1:-1], op.cut, strict=True)
    )
    return x[:, *kept]
