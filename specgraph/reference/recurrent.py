"""What recurrent layers compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from specgraph.ops.conv_lstm import ConvLSTM2D
from specgraph.ops.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from specgraph.reference.base import Array, Evaluation, activate, reference

States: TypeAlias = tuple[Array, ...]


@reference(LSTM)
def lstm(op: LSTM, at: Evaluation) -> dict[str, Array]:
    """i, f, o gate what enters, stays in and leaves the cell c."""

    def step(x: Array, states: States) -> States:
        h, c = states
        joint = _from_input(at, x) + _from_state(at, h)
        i, f, new, o = np.split(joint, 4, axis=-1)
        i, f, o = (activate(op.recurrent_activation, gate) for gate in (i, f, o))
        c = f * c + i * activate(op.activation, new)
        return o * activate(op.activation, c), c

    return run(op, at, step, (op.units,))


@reference(GRU)
def gru(op: GRU, at: Evaluation) -> dict[str, Array]:
    """z keeps the state, r resets it in the candidate."""
    n = op.units

    def step(x: Array, states: States) -> States:
        (h,) = states
        inner = _from_input(at, x)
        outer = _from_state(at, h)
        gates = inner[:, : 2 * n] + outer[:, : 2 * n]
        halves = np.split(gates, 2, axis=-1)
        z, r = (activate(op.recurrent_activation, gate) for gate in halves)
        if op.reset_after:
            reset = r * outer[:, 2 * n :]
        else:
            reset = (r * h) @ at.params["recurrent_kernel"][:, 2 * n :]
        candidate = activate(op.activation, inner[:, 2 * n :] + reset)
        return (z * h + (1 - z) * candidate,)

    return run(op, at, step, (op.units,))


@reference(SimpleRNN)
def simple_rnn(op: SimpleRNN, at: Evaluation) -> dict[str, Array]:
    """The new state is the activation of input and state, each times its kernel."""

    def step(x: Array, states: States) -> States:
        joint = _from_input(at, x) + _from_state(at, states[0])
        return (activate(op.activation, joint),)

    return run(op, at, step, (op.units,))


def run(
    op: Recurrent | ConvLSTM2D,
    at: Evaluation,
    step: Callable[[Array, States], States],
    size: tuple[int, ...],
) -> dict[str, Array]:
    """Steps through time; the first state, of a size, is the output of a step."""
    x = at.inputs.one("input")
    mask = at.inputs.maybe("mask")
    times = range(x.shape[1])
    zero = np.zeros((x.shape[0], *size), np.result_type(x, at.params["kernel"]))
    states = at.inputs.many("initial_state") or (zero,) * len(op.states)
    output, outputs = zero, []
    for time in reversed(times) if op.go_backwards else times:
        new = step(x[:, time], states)
        if mask is None:
            output, states = new[0], new
        else:
            present = mask[:, time].reshape(-1, *(1,) * len(size))
            missing = zero if op.zero_output_for_mask else output
            output = np.where(present, new[0], missing)
            states = tuple(
                np.where(present, after, before)
                for after, before in zip(new, states, strict=True)
            )
        outputs.append(output)
    result = {"output": np.stack(outputs, 1) if op.return_sequences else output}
    if op.return_state:
        result |= dict(zip(op.states, states, strict=True))
    return result


def _from_input(at: Evaluation, x: Array) -> Array:
    return x @ at.params["kernel"] + at.params.get("bias", 0)


def _from_state(at: Evaluation, h: Array) -> Array:
    return h @ at.params["recurrent_kernel"] + at.params.get("recurrent_bias", 0)
