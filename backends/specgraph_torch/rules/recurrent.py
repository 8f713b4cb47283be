"""Recurrent layers: the fused ones; a loop over their weights where they cannot do it."""

from __future__ import annotations

from dataclasses import dataclass

from specgraph.lower.code import Argument, binary, call, item, method
from specgraph.lower.pycode import (
    Assign,
    Attr,
    Expr,
    Name,
    Slice,
    Stmt,
    Tuple,
)
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import AnySlot, Fixed, slot
from specgraph.ops.activation import Relu, Sigmoid, Tanh
from specgraph.ops.base import Activation
from specgraph.ops.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from specgraph.training.initializers import FanInUniform
from specgraph_torch.initializers import inits
from specgraph_torch.rules.activation import callable_of
from specgraph_torch.rules.base import RULES

UNUSED = Name("_")


@dataclass(frozen=True, slots=True)
class Kind:
    """How torch has an op: a layer, a helper for one step, an order of gates."""

    layer: str
    cell: str
    blocks: tuple[int, ...] = ()
    """Our gates in torch's order."""


KINDS: dict[type[Recurrent], Kind] = {
    LSTM: Kind("nn.LSTM", "lstm_cell"),
    GRU: Kind("nn.GRU", "gru_cell", (1, 0, 2)),
    SimpleRNN: Kind("nn.RNN", "rnn_cell"),
}


@RULES.lower(GRU, LSTM, SimpleRNN)
def recurrent(op: Recurrent, at: At) -> Lowered:
    """The fused layer over all steps, or over the present ones; else step by step."""
    if not is_fused(op) or _loses_cell(op, at):
        return _layer(op, at, _steps(op, at))
    masked = at.inputs.maybe("mask") is not None
    return _layer(op, at, _skipping(op, at) if masked else _all_steps(op, at))


def is_fused(op: Recurrent) -> bool:
    """Whether the fused layer has the op's activations and gates."""
    match op:
        case SimpleRNN(activation=Relu() as relu):
            return relu == Relu()
        case LSTM() | GRU():
            gates = isinstance(op.recurrent_activation, Sigmoid)
            early = isinstance(op, GRU) and not op.reset_after
            return gates and isinstance(op.activation, Tanh) and not early
    return isinstance(op.activation, Tanh)


def _loses_cell(op: Recurrent, at: At) -> bool:
    """Whether a state is taken that no output of the fused layer over a mask holds."""
    return at.inputs.maybe("mask") is not None and not at.used.isdisjoint(op.states[1:])


def _layer(op: Recurrent, at: At, lowered: Lowered) -> Lowered:
    """With the layer, its weights [gates, inputs], and two biases."""
    kind = KINDS[type(op)]
    named: dict[str, Argument] = {}
    if isinstance(op, SimpleRNN) and op.activation == Relu():
        named["nonlinearity"] = "relu"
    if not op.use_bias:
        named["bias"] = False
    features = at.params[0].shape[0]
    layer = call(kind.layer, features, op.units, **named, batch_first=True)
    native = FanInUniform(fan=op.units)
    lowered.init = {"": layer}
    lowered.slots = slots_of(op, at, kind.blocks)
    lowered.inits = inits(
        at,
        weight_ih_l0=("kernel", native),
        weight_hh_l0=("recurrent_kernel", native),
        bias_ih_l0=("bias", native),
        bias_hh_l0=("recurrent_bias", native),
    )
    return lowered


def slots_of(op: Recurrent, at: At, blocks: tuple[int, ...]) -> tuple[AnySlot, ...]:
    kernels = (
        slot("weight_ih_l0", "kernel", axes=(1, 0), blocks=blocks),
        slot("weight_hh_l0", "recurrent_kernel", axes=(1, 0), blocks=blocks),
    )
    if not op.use_bias:
        return kernels
    bias = slot("bias_ih_l0", "bias", blocks=blocks)
    if at.param("recurrent_bias") is not None:
        return *kernels, bias, slot("bias_hh_l0", "recurrent_bias", blocks=blocks)
    width = (op.units * max(len(op.gates), 1),)
    return *kernels, bias, Fixed("bias_hh_l0", 0.0, width, adds_to="bias_ih_l0")


def _all_steps(op: Recurrent, at: At) -> Lowered:
    """`x, (h, c) = self.lstm(x)`."""
    made: Expr = call(at.layer(""), in_time(op, at, "input"), *_state(op, at))
    wanted: list[Expr] = [_target(at, state) for state in op.states]
    states: Expr = UNUSED
    if any(target is not UNUSED for target in wanted):
        states = wanted[0] if len(wanted) == 1 else Tuple(wanted)
    return _outputs(
        op,
        at,
        made,
        states,
        {s: item(at.result(s), 0) for s in op.states if s in at.used},
    )


def _steps(op: Recurrent, at: At) -> Lowered:
    """`x, (h, c) = unrolled(partial(lstm_cell, self.lstm), x, (h, c))`."""
    unrolled, step = at.helper("unrolled"), step_of(op, at)
    made: Expr = call(
        unrolled, step, in_time(op, at, "input"), _first(op, at), **_masked(op, at)
    )
    wanted: list[Expr] = [_target(at, state) for state in op.states]
    states: Expr = UNUSED
    if any(target is not UNUSED for target in wanted):
        states = Tuple(wanted)
        for place, state in enumerate(op.states, 1):
            if state in at.used:
                made = at.tagged(made, state, place)
    return _outputs(
        op, at, made, states, {s: at.result(s) for s in op.states if s in at.used}
    )


def step_of(op: Recurrent, at: At) -> Expr:
    """`partial(lstm_cell, self.lstm)`, with what the fused layer has otherwise."""
    named: dict[str, Argument] = {}
    if not isinstance(op.activation, Tanh):
        named["activation"] = callable_of(at, op.activation)
    gate: Activation | None = getattr(op, "recurrent_activation", Sigmoid())
    if not isinstance(gate, Sigmoid):
        named["recurrent_activation"] = callable_of(at, gate)
    if isinstance(op, GRU) and not op.reset_after:
        named["reset_after"] = False
    cell = at.helper(KINDS[type(op)].cell)
    return call("partial", cell, at.layer(""), **named)


def _outputs(
    op: Recurrent, at: At, made: Expr, states: Expr, found: dict[str, Expr]
) -> Lowered:
    """The statement that gives all outputs, and how each is read off it."""
    sequence = _target(at, "output")
    output: Expr = item(sequence, Slice(), -1)
    if op.return_sequences:
        output = sequence
        if "output" in at.used:
            made = at.tagged(made, "output", 0)
    body = Assign([Tuple([sequence, states])], made)
    return Lowered({"output": output, **found}, body=[body])


def _skipping(op: Recurrent, at: At) -> Lowered:
    """`skipping(self.lstm, x, mask)`."""
    x, mask = in_time(op, at, "input"), in_time(op, at, "mask")
    hidden, named = op.states[0], _masked(op, at)
    del named["mask"]
    if hidden in at.used:
        named = {}  # a zero is no state
    helper = at.helper("skipping")
    value: Expr = call(helper, at.layer(""), x, mask, *_state(op, at), **named)
    if hidden in at.used and "output" in at.used:
        return _with_state(op, at, value)
    if hidden in at.used:
        return Lowered({hidden: _last_state(at, item(value, Slice(), -1))})
    if not op.return_sequences:
        value = item(value, Slice(), -1)
    return Lowered({"output": value})


def _with_state(op: Recurrent, at: At, made: Expr) -> Lowered:
    """`x = skipping(self.gru, x, mask)`, then the state, then the output itself."""
    hidden, output = op.states[0], at.result("output")
    found: Expr = output
    if op.zero_output_for_mask:
        mask = in_time(op, at, "mask")
        found = binary(output, "*", method(mask, "unsqueeze", 2))
    elif op.return_sequences:
        made = at.tagged(made, "output", None)
    if not op.return_sequences:
        found = item(found, Slice(), -1)
    state = at.tagged(_last_state(at, item(output, Slice(), -1)), hidden, None)
    body: list[Stmt] = [Assign([output], made), Assign([at.result(hidden)], state)]
    return Lowered({"output": found, hidden: at.result(hidden)}, body=body)


def _last_state(at: At, last: Expr) -> Expr:
    """The last state by the last output, which is 0 where no step is present."""
    given = at.inputs.many("initial_state")
    if not given:
        return last
    present = method(at.inputs.one("mask"), "any", 1, keepdim=True)
    return call("torch.where", present, last, given[0])


def _state(op: Recurrent, at: At) -> list[Expr]:
    """Initial states as the fused layer takes them, if there are any."""
    states: list[Expr] = [item(s, None) for s in at.inputs.many("initial_state")]
    if not states:
        return []
    return states if len(op.states) == 1 else [Tuple(states)]


def _first(op: Recurrent, at: At) -> Expr:
    """The states before the first step."""
    given = at.inputs.many("initial_state")
    if given:
        return Tuple(list(given))
    x = at.inputs.one("input")
    zeros = method(x, "new_zeros", item(Attr(x, "shape"), 0), op.units)
    states = Tuple([zeros])
    return states if len(op.states) == 1 else binary(states, "*", len(op.states))


def _masked(op: Recurrent, at: At) -> dict[str, Argument]:
    if at.inputs.maybe("mask") is None:
        return {}
    named: dict[str, Argument] = {"mask": in_time(op, at, "mask")}
    return {**named, "zero_absent": True} if op.zero_output_for_mask else named


def in_time(op: Recurrent, at: At, port: str) -> Expr:
    """An input, its steps in the order in which they are taken."""
    value = at.inputs.one(port)
    return method(value, "flip", 1) if op.go_backwards else value


def _target(at: At, output: str) -> Name:
    return at.result(output) if output in at.used else UNUSED
