"""Recurrent layers in both directions: `nn.LSTM(bidirectional=True)` and its kin."""

from __future__ import annotations

from dataclasses import replace

from specgraph.lower.code import Argument, binary, call, item, method
from specgraph.lower.pycode import Assign, Attr, Expr, Name, Stmt, Tuple
from specgraph.lower.rules import At, Init, Lowered
from specgraph.lower.slots import AnySlot, Fixed, Ignored
from specgraph.ops.activation import Relu
from specgraph.ops.bidirectional import DIRECTIONS, Bidirectional
from specgraph.ops.inner import of_prefix
from specgraph.ops.recurrent import SimpleRNN
from specgraph.training.initializers import FanInUniform
from specgraph_torch.initializers import inits
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.recurrent import (
    KINDS,
    UNUSED,
    in_time,
    is_fused,
    slots_of,
    step_of,
)

SUFFIXES = {"forward": "", "backward": "_reverse"}
"""What torch adds to the names of a direction's tensors."""
MERGED = {"sum": "sum", "ave": "mean", "mul": "prod"}


@RULES.lower(Bidirectional)
def bidirectional(op: Bidirectional, at: At) -> Lowered:
    """The fused layer, whose outputs are joint and whose states are stacked."""
    lowered = _called(op, at)
    lowered.init = {"": _layer(op, at)}
    slots: list[AnySlot] = []
    starts: list[Init] = []
    for direction, suffix in SUFFIXES.items():
        inner = replace(at, params=of_prefix(at.params, direction))
        for found in slots_of(op.layer, inner, KINDS[type(op.layer)].blocks):
            slots.append(_named(found, direction, suffix))
        native = FanInUniform(fan=op.layer.units)
        named = {
            "weight_ih_l0": "kernel",
            "weight_hh_l0": "recurrent_kernel",
            "bias_ih_l0": "bias",
            "bias_hh_l0": "recurrent_bias",
        }
        starts += inits(
            at,
            **{t + suffix: (f"{direction}_{p}", native) for t, p in named.items()},
        )
    lowered.slots, lowered.inits = tuple(slots), tuple(starts)
    return lowered


def _named(found: AnySlot, direction: str, suffix: str) -> AnySlot:
    """A slot of a direction's layer as one of the joint layer's."""
    key = found.key + suffix
    if isinstance(found, Ignored):
        return replace(found, key=key)
    if isinstance(found, Fixed):
        return replace(found, key=key, adds_to=found.adds_to + suffix)
    pieces = tuple(replace(p, param=f"{direction}_{p.param}") for p in found.pieces)
    return replace(found, key=key, pieces=pieces)


def _layer(op: Bidirectional, at: At) -> Expr:
    """`nn.LSTM(32, 64, batch_first=True, bidirectional=True)`."""
    layer = op.layer
    named: dict[str, Argument] = {}
    if isinstance(layer, SimpleRNN) and layer.activation == Relu():
        named["nonlinearity"] = "relu"
    if not layer.use_bias:
        named["bias"] = False
    return call(
        KINDS[type(layer)].layer,
        at.params[0].shape[0],
        layer.units,
        **named,
        batch_first=True,
        bidirectional=True,
    )


def _called(op: Bidirectional, at: At) -> Lowered:
    """`x, (h, c) = self.lstm(x)`, and each output read off these."""
    layer, made = op.layer, _run(op, at)
    outputs = DIRECTIONS if op.merge_mode is None else ("output",)
    joint: dict[str, str] = {}  # what the layer gives: whose variable holds it first
    source = dict.fromkeys(outputs, "" if layer.return_sequences else "h")
    for direction in DIRECTIONS:
        for state, short in zip(layer.states, "hc", strict=False):
            source[f"{direction}_{state}"] = short
    wanted = {output: short for output, short in source.items() if output in at.used}
    for output, short in sorted(wanted.items(), key=lambda one: one[0] in outputs):
        joint.setdefault(short, output)
    variables = {short: at.result(output) for short, output in joint.items()}
    states: list[Expr] = [variables.get(short, UNUSED) for short in "hc"]
    if len(layer.states) == 1 or all(state == UNUSED for state in states):
        states = states[:1]
    if "output" in wanted and layer.return_sequences and op.merge_mode == "concat":
        made = at.tagged(made, "output", 0)
    last: Expr = states[0] if len(states) == 1 else Tuple(states)
    body: list[Stmt] = [Assign([Tuple([variables.get("", UNUSED), last])], made)]
    results: dict[str, Expr] = {}
    if op.merge_mode is None and "" in variables:
        body.append(_halves(at, variables[""]))
    for output, short in wanted.items():
        found = _read(op, at, output, short, variables[short])
        results[output] = found
        if not short and op.merge_mode is None:
            results[output] = at.result(output)
        elif joint[short] != output:
            results[output] = at.result(output)
            body.append(Assign([at.result(output)], at.tagged(found, output, None)))
    return Lowered(results, body=body)


def _run(op: Bidirectional, at: At) -> Expr:
    """`self.lstm(x)`; over a mask, or with what the fused layer has not, a helper."""
    layer, x = op.layer, in_time(op.layer, at, "input")
    masks = [in_time(layer, at, "mask")] if at.inputs.many("mask") else []
    given = _states(op, at)
    if not is_fused(layer):
        batch = item(Attr(at.inputs.one("input"), "shape"), 0)
        zeros = method(at.inputs.one("input"), "new_zeros", 2, batch, layer.units)
        count = len(layer.states)
        first: Expr = Tuple(given or [zeros])
        if given:
            first = given[0] if count > 1 else first
        elif count > 1:
            first = binary(first, "*", count)
        at.helper("unrolled")
        helper = at.helper("unrolled_both_ways")
        return call(helper, step_of(layer, at), x, first, *masks)
    if masks:
        return call(at.helper("skipping_both_ways"), at.layer(""), x, *masks, *given)
    return call(at.layer(""), x, *given)


def _read(op: Bidirectional, at: At, output: str, short: str, held: Name) -> Expr:
    """An output by what the layer gave: all steps joint, or both last states."""
    place = 1 if output.startswith("backward") else 0
    if output in ("output", *DIRECTIONS) and short:
        last: Expr = held
        if at.inputs.maybe("mask") is not None and at.inputs.many("initial_state"):
            # Where no step is present, the state is the first one; the output is 0.
            present = method(at.inputs.one("mask"), "any", 1)
            last = binary(held, "*", method(present, "unsqueeze", 1))
        if op.merge_mode is None:
            return item(last, place)
        if op.merge_mode == "concat":
            return call("torch.cat", Tuple([item(last, 0), item(last, 1)]), 1)
        return method(last, MERGED[op.merge_mode], 0)
    if short:
        return item(held, place)
    if op.merge_mode in (None, "concat"):
        return held
    halves = method(held, "unflatten", 2, (2, op.layer.units))
    return method(halves, MERGED[op.merge_mode], 2)


def _halves(at: At, joint: Name) -> Stmt:
    """`forward, backward = forward.chunk(2, 2)`."""
    made: Expr = method(joint, "chunk", 2, 2)
    targets: list[Expr] = []
    for place, direction in enumerate(DIRECTIONS):
        used = direction in at.used
        targets.append(at.result(direction) if used else UNUSED)
        made = at.tagged(made, direction, place) if used else made
    return Assign([Tuple(targets)], made)


def _states(op: Bidirectional, at: At) -> list[Expr]:
    """Initial states as the fused layer takes them, if there are any."""
    given = at.inputs.many("initial_state")
    if not given:
        return []
    count = len(op.layer.states)
    stacked: list[Expr] = [
        call("torch.stack", Tuple([given[place], given[place + count]]))
        for place in range(count)
    ]
    return stacked if count == 1 else [Tuple(stacked)]
