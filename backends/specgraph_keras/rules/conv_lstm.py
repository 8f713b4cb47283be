"""Recurrent convolutions: `layers.ConvLSTM2D`."""

from __future__ import annotations

from specgraph.lower import padding
from specgraph.lower.code import Argument, uniform, value
from specgraph.lower.padding import fixed_amounts
from specgraph.lower.rules import At, Lowered, Step
from specgraph.lower.slots import slot
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.conv_lstm import ConvLSTM2D
from specgraph.ops.time_distributed import TimeDistributed
from specgraph_keras.initializers import in_training, starts
from specgraph_keras.rules.base import RULES, make
from specgraph_keras.rules.recurrent import called, function_of


@RULES.rewrite(ConvLSTM2D)
def padded_before(op: ConvLSTM2D, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that Keras's layer has not becomes an op of its own."""
    if isinstance(op.padding, str):
        return None
    bare = Step(op.filled(padding="valid"))
    window = op.kernel_size, op.strides, op.dilation_rate
    amounts = fixed_amounts(op.padding, op.step(types).spatial, *window)
    if amounts is None or not any(map(any, amounts)):
        return [bare]
    around = TimeDistributed(layer=padding.pad("zeros", amounts))
    return [Step(around, "_pad"), bare]


@RULES.lower(ConvLSTM2D)
def conv_lstm2d(op: ConvLSTM2D, at: At) -> Lowered:
    """The framework's layer."""
    named = {**_windows(op), **_functions(op, at), **_weights(op, at), **_steps(op, at)}
    # Keras's own does not hand `trainable` on to the cell that has the weights.
    kind = "ConvLSTM2D" if at.trainable else at.helper("ConvLSTM2D")
    layer = make(at, kind, op.filters, uniform(op.kernel_size), **named)
    titles = ("output", *op.states) if op.return_state else ("output",)
    outputs, body = called(op, at, layer, titles)
    slots = tuple(slot(f"conv_lstm_cell/{p.name}", p.name) for p in at.params)
    return Lowered(outputs, body=body, slots=slots)


def _windows(op: ConvLSTM2D) -> dict[str, Argument]:
    named: dict[str, Argument] = {}
    if set(op.strides) != {1}:
        named["strides"] = uniform(op.strides)
    if op.padding != "valid":
        named["padding"] = value(op.padding)
    if set(op.dilation_rate) != {1}:
        named["dilation_rate"] = uniform(op.dilation_rate)
    return named


def _functions(op: ConvLSTM2D, at: At) -> dict[str, Argument]:
    named: dict[str, Argument] = {}
    if op.activation is None or op.activation.label != "tanh":
        named["activation"] = function_of(at, op.activation)
    gate = op.recurrent_activation
    if gate is None or gate.label != "sigmoid":
        named["recurrent_activation"] = function_of(at, gate)
    return named


def _weights(op: ConvLSTM2D, at: At) -> dict[str, Argument]:
    named: dict[str, Argument] = {} if op.use_bias else {"use_bias": False}
    drawn: tuple[tuple[int, ...], ...] = ()
    if op.use_bias and not op.unit_forget_bias:
        named["unit_forget_bias"] = False
    elif op.use_bias:
        drawn = (op.filters,), (2 * op.filters,)
    named |= starts(
        at,
        {"bias": drawn},
        kernel_initializer=("kernel", "glorot_uniform"),
        recurrent_initializer=("recurrent_kernel", "orthogonal"),
        bias_initializer=("bias", "zeros"),
    )
    return named | in_training(op, "kernel", "recurrent", "bias")


def _steps(op: ConvLSTM2D, at: At) -> dict[str, Argument]:
    masked = at.inputs.maybe("mask") is not None
    settings = {
        "return_sequences": op.return_sequences,
        "return_state": op.return_state,
        "go_backwards": op.go_backwards,
        "zero_output_for_mask": op.zero_output_for_mask and masked,
    }
    return {name: True for name, on in settings.items() if on}
