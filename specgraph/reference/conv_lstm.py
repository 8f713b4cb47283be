"""What recurrent convolutions compute."""

from __future__ import annotations

import numpy as np

from specgraph.ops.conv_lstm import ConvLSTM2D
from specgraph.ops.window import padded_by
from specgraph.reference.base import (
    Array,
    Evaluation,
    activate,
    channels_last,
    from_channels_last,
    reference,
)
from specgraph.reference.conv import correlate, padded
from specgraph.reference.recurrent import States, run

ONE = (1, 1)


@reference(ConvLSTM2D)
def conv_lstm2d(op: ConvLSTM2D, at: Evaluation) -> dict[str, Array]:
    """i, f, o gate what enters, stays in and leaves the cell c."""
    frame, state = op.step(at.types), op.state(at.types)
    kernel, recurrent = at.params["kernel"], at.params["recurrent_kernel"]
    bias = at.params.get("bias", 0)

    def step(x: Array, states: States) -> States:
        h, c = states
        x = channels_last(x, frame)
        around = [
            padded_by(op.padding, axis, x.shape[axis + 1], *window)
            for axis, window in enumerate(
                zip(op.kernel_size, op.strides, op.dilation_rate, strict=True)
            )
        ]
        joint = correlate(padded(x, around), kernel, op.strides, op.dilation_rate, 1)
        h = channels_last(h, state)
        around = [
            padded_by("same", axis, h.shape[axis + 1], size, 1, 1)
            for axis, size in enumerate(op.kernel_size)
        ]
        joint = joint + bias + correlate(padded(h, around), recurrent, ONE, ONE, 1)
        joint = from_channels_last(joint, state)
        i, f, new, o = np.split(joint, 4, axis=state.channel_axis)
        i, f, o = (activate(op.recurrent_activation, gate) for gate in (i, f, o))
        c = f * c + i * activate(op.activation, new)
        return o * activate(op.activation, c), c

    sizes = tuple(size for size in state.shape if isinstance(size, int))
    return run(op, at, step, sizes)
