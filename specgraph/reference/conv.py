"""What convolutions compute."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from specgraph.ops.conv import Conv, Conv1D, Conv2D, Conv3D
from specgraph.ops.kernel import Sliding
from specgraph.ops.window import padded_by, reach
from specgraph.reference.base import (
    Array,
    Evaluation,
    activate,
    channels_last,
    from_channels_last,
    reference,
)


@reference(Conv1D, Conv2D, Conv3D)
def conv(op: Conv, at: Evaluation) -> Array:
    """Sums, over the kernel's cells, the input cell below each times the weights."""
    kind = at.types.first
    y = slid(op, channels_last(at.inputs.first, kind), at.params["kernel"], op.groups)
    if op.use_bias:
        y = y + at.params["bias"]
    return activate(op.activation, from_channels_last(y, kind))


def slid(op: Sliding, x: Array, kernel: Array, groups: int) -> Array:
    """The kernel over every window of [B, *S, C], padded as the op says."""
    added = [
        padded_by(
            op.padding,
            axis,
            x.shape[axis + 1],
            op.kernel_size[axis],
            op.strides[axis],
            op.dilation_rate[axis],
        )
        for axis in range(op.dims)
    ]
    x = padded(x, added, op.padding_mode)
    return correlate(x, kernel, op.strides, op.dilation_rate, groups)


def correlate(
    x: Array,
    kernel: Array,
    strides: Sequence[int],
    dilations: Sequence[int],
    groups: int,
) -> Array:
    """[B, *S, C] with a kernel [*K, C // groups, F], without padding: [B, *S', F]."""
    sizes = kernel.shape[:-2]
    counts = [
        (length - reach(size, dilation)) // stride + 1
        for length, size, stride, dilation in zip(
            x.shape[1:-1], sizes, strides, dilations, strict=True
        )
    ]
    inner, filters = kernel.shape[-2:]
    dtype = np.result_type(x, kernel)
    total = np.zeros((x.shape[0], *counts, groups, filters // groups), dtype)
    for cell in itertools.product(*map(range, sizes)):
        below = x[
            :,
            *(
                slice(
                    place * dilation,
                    place * dilation + (count - 1) * stride + 1,
                    stride,
                )
                for place, dilation, count, stride in zip(
                    cell, dilations, counts, strides, strict=True
                )
            ),
        ]
        below = below.reshape(*below.shape[:-1], groups, inner)
        weights = kernel[cell].reshape(inner, groups, filters // groups)
        total += np.einsum("...gi,igf->...gf", below, weights)
    return total.reshape(*total.shape[:-2], filters)


def padded(x: Array, added: Sequence[tuple[int, int]], mode: str = "zeros") -> Array:
    """[B, *S, C] with cells before and after each spatial axis.

    `zeros`; or copies: `reflect` mirrors about the border cell, `replicate` repeats it,
    `circular` goes on at the other end.
    """
    if mode == "zeros":
        return np.pad(x, [(0, 0), *added, (0, 0)])
    for axis, (before, after) in enumerate(added, start=1):
        length = x.shape[axis]
        most = {"reflect": length - 1, "circular": length}.get(mode)
        if most is not None and max(before, after) > most:
            raise ValueError(
                f"{mode} padding of an axis of {length} adds at most {most}"
            )
        place = np.arange(-before, length + after)
        if mode == "reflect":
            place = np.abs(place)
            place = np.where(place < length, place, 2 * (length - 1) - place)
        elif mode == "replicate":
            place = np.clip(place, 0, length - 1)
        else:
            place = place % length
        x = np.take(x, place, axis)
    return x
