"""Recurrent layers: `layers.LSTM`, `layers.GRU`, `layers.SimpleRNN`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, listed, name
from specgraph.lower.pycode import Assign, Expr, Stmt, Tuple
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import AnySlot, Piece, Slot, slot
from specgraph.ops.base import Activation
from specgraph.ops.conv_lstm import ConvLSTM2D
from specgraph.ops.recurrent import GRU, LSTM, GatedCell, Recurrent, SimpleRNN
from specgraph_keras.initializers import in_training, starts
from specgraph_keras.rules.activation import function, layer
from specgraph_keras.rules.base import RULES, make

OUTPUTS = ("output", "forward", "backward")
"""Outputs that may be sequences; the others are states."""
CELLS = {LSTM: "lstm_cell", GRU: "gru_cell", SimpleRNN: "simple_rnn_cell"}


@RULES.lower(LSTM, GRU, SimpleRNN)
def recurrent(op: Recurrent, at: At) -> Lowered:
    """The framework's layer, or a helper with a second bias."""
    titles = ("output", *op.states) if op.return_state else ("output",)
    outputs, body = called(op, at, layer_of(op, at), titles)
    return Lowered(outputs, body=body, slots=slots_of(op, at))


def layer_of(op: Recurrent, at: At, **own: Argument) -> Expr:
    """`layers.LSTM(64, return_sequences=True)`."""
    kind = type(op).__name__
    named = {**_functions(op, at), **_weights(op, at), **_steps(op, at), **own}
    doubled = is_doubled(op, at)
    return make(at, at.helper(kind) if doubled else kind, op.units, **named)


def is_doubled(op: Recurrent, at: At) -> bool:
    """Whether the layer has a second bias that Keras's has not."""
    return not isinstance(op, GRU) and at.param("recurrent_bias") is not None


def _functions(op: Recurrent, at: At) -> dict[str, Argument]:
    named: dict[str, Argument] = {}
    defaults = {"activation": "tanh"}
    if isinstance(op, GatedCell):
        defaults["recurrent_activation"] = "sigmoid"
    for argument, default in defaults.items():
        found: Activation | None = getattr(op, argument)
        if found is None or found.label != default:
            named[argument] = function_of(at, found)
    return named


def function_of(at: At, found: Activation | None) -> Argument:
    """An activation as an argument."""
    if found is None:
        return None
    if getattr(found, "axis", -1) == 1:  # of [batch, units], so the last one
        found = found.filled(axis=-1)
    return function(at, found) or layer(at, found)


def _weights(op: Recurrent, at: At) -> dict[str, Argument]:
    named: dict[str, Argument] = {}
    if not op.use_bias:
        named["use_bias"] = False
    if isinstance(op, LSTM) and op.use_bias and not op.unit_forget_bias:
        named["unit_forget_bias"] = False
    if isinstance(op, GRU) and not op.reset_after:
        named["reset_after"] = False
    named |= starts(
        at,
        {"bias": _drawn(op)},
        kernel_initializer=("kernel", "glorot_uniform"),
        recurrent_initializer=("recurrent_kernel", "orthogonal"),
        bias_initializer=("bias", "zeros"),
    )
    return named | in_training(op, "kernel", "recurrent", "bias")


def _drawn(op: Recurrent) -> tuple[tuple[int, ...], ...]:
    """The shapes that Keras draws the bias in."""
    if isinstance(op, GRU) and op.reset_after:
        return ((2, 3 * op.units),)
    if isinstance(op, LSTM) and op.unit_forget_bias:
        return (op.units,), (2 * op.units,)
    return ()


def _steps(op: Recurrent, at: At) -> dict[str, Argument]:
    masked = at.inputs.maybe("mask") is not None
    settings = {
        "return_sequences": op.return_sequences,
        "return_state": op.return_state,
        "go_backwards": op.go_backwards,
        "zero_output_for_mask": op.zero_output_for_mask and masked,
    }
    named: dict[str, Argument] = {name: True for name, on in settings.items() if on}
    if masked and not isinstance(op, SimpleRNN):
        named["use_cudnn"] = False  # it takes masks of right-padded sequences alone
    return named


def called(
    op: Recurrent | ConvLSTM2D, at: At, made: Expr, titles: tuple[str, ...]
) -> tuple[dict[str, Expr], list[Stmt]]:
    """A layer called on its inputs: outputs, and the statement that names several."""
    named: dict[str, Argument] = {}
    states = list(at.inputs.many("initial_state"))
    if states:
        named["initial_state"] = listed(states) if len(states) > 1 else states[0]
    mask = at.inputs.maybe("mask")
    if mask is not None:
        named["mask"] = mask
    expr: Expr = call(made, at.input, **named)
    lingers = mask is not None and op.return_sequences
    if len(titles) == 1:
        return {titles[0]: _unmasked(at, expr) if lingers else expr}, []
    for part, title in enumerate(titles):
        expr = at.tagged(expr, title, part)
    results: dict[str, Expr] = {
        title: at.result(title) if title in at.used else name("_") for title in titles
    }
    body: list[Stmt] = [Assign([Tuple(list(results.values()))], expr)]
    for title in titles:
        if lingers and title in at.used and title in OUTPUTS:
            output = results[title]
            body.append(Assign([output], _unmasked(at, output)))
    return results, body


def _unmasked(at: At, sequence: Expr) -> Expr:
    return call(at.helper("unmasked"), sequence)


def slots_of(op: Recurrent, at: At) -> tuple[AnySlot, ...]:
    cell = CELLS[type(op)]
    slots: list[AnySlot] = [
        slot(f"{cell}/kernel", "kernel"),
        slot(f"{cell}/recurrent_kernel", "recurrent_kernel"),
    ]
    if not op.use_bias:
        return tuple(slots)
    if at.param("recurrent_bias") is None:
        return (*slots, slot(f"{cell}/bias", "bias"))
    if isinstance(op, GRU):
        row = (1, 3 * op.units)
        rows = (Piece("bias", split=row), Piece("recurrent_bias", split=row))
        return (*slots, Slot(f"{cell}/bias", rows))
    return (
        *slots,
        slot(f"{cell}/bias", "bias"),
        slot("recurrent_bias", "recurrent_bias"),
    )
