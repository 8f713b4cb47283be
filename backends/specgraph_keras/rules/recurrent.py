"""Recurrent layers: `layers.LSTM`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.recurrent import LSTM
from specgraph_keras.initializers import starts
from specgraph_keras.rules.base import RULES, make


@RULES.lower(LSTM)
def lstm(op: LSTM, at: At) -> Lowered:
    """The framework's layer."""
    named: dict[str, Argument] = starts(
        at,
        kernel_initializer=("kernel", "glorot_uniform"),
        recurrent_initializer=("recurrent_kernel", "orthogonal"),
        bias_initializer=("bias", "zeros"),
    )
    if op.return_sequences:
        named["return_sequences"] = True
    layer = make(at, "LSTM", op.units, **named)
    slots = (
        slot("lstm_cell/kernel", "kernel"),
        slot("lstm_cell/recurrent_kernel", "recurrent_kernel"),
        slot("lstm_cell/bias", "bias"),
    )
    return Lowered({"output": call(layer, at.input)}, slots=slots)
