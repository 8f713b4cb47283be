"""Recurrent convolutions: a cell of two convolutions, step by step."""

from __future__ import annotations

from specgraph.lower import padding
from specgraph.lower.code import Argument, binary, call, item, method, uniform
from specgraph.lower.padding import fixed_amounts, is_even
from specgraph.lower.pycode import Assign, Attr, Expr, Slice, Tuple
from specgraph.lower.rules import At, Lowered, Step
from specgraph.lower.slots import AnySlot, slot
from specgraph.ops.activation import Sigmoid, Tanh
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.conv_lstm import ConvLSTM2D
from specgraph.ops.time_distributed import TimeDistributed
from specgraph.training.initializers import FanInUniform, Initializer
from specgraph_torch.initializers import inits
from specgraph_torch.rules.activation import callable_of
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.recurrent import UNUSED

AXES = (3, 2, 0, 1)
"""Our axes of a kernel in torch's order."""


@RULES.rewrite(ConvLSTM2D)
def padded_before(op: ConvLSTM2D, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that differs before and after becomes an op of its own."""
    window = op.kernel_size, op.strides, op.dilation_rate
    amounts = fixed_amounts(op.padding, op.step(types).spatial, *window)
    assert amounts is not None  # frames have fixed sizes
    if is_even(amounts):
        return [Step(op.filled(padding=amounts))]
    around = TimeDistributed(layer=padding.pad("zeros", amounts))
    return [Step(around, "_pad"), Step(op.filled(padding="valid"))]


@RULES.lower(ConvLSTM2D)
def conv_lstm2d(op: ConvLSTM2D, at: At) -> Lowered:
    """`x, (h, c) = unrolled(self.conv_lstm2d, x, (h, c))`."""
    x = _in_time(op, at, "input")
    named: dict[str, Argument] = {}
    if at.inputs.maybe("mask") is not None:
        named["mask"] = _in_time(op, at, "mask")
        if op.zero_output_for_mask:
            named["zero_absent"] = True
    made: Expr = call(at.helper("unrolled"), at.layer(""), x, _first(op, at), **named)
    wanted = {one: at.result(one) for one in op.states if one in at.used}
    states: list[Expr] = [wanted.get(one, UNUSED) for one in op.states]
    for place, state in enumerate(op.states, 1):
        if state in at.used:
            made = at.tagged(made, state, place)
    sequence = at.result("output") if "output" in at.used else UNUSED
    output: Expr = item(sequence, Slice(), -1)
    if op.return_sequences:
        output = sequence
        made = at.tagged(made, "output", 0) if "output" in at.used else made
    target = Tuple([sequence, Tuple(states) if wanted else UNUSED])
    field = op.kernel_size[0] * op.kernel_size[1]
    outer = FanInUniform(fan=field * at.params[0].shape[2])
    natives: dict[str, tuple[str, Initializer]] = {
        "input.weight": ("kernel", outer),
        "input.bias": ("bias", outer),
        "recurrent.weight": ("recurrent_kernel", FanInUniform(fan=field * op.filters)),
    }
    return Lowered(
        {"output": output, **wanted},
        {"": _cell(op, at)},
        body=[Assign([target], made)],
        slots=_slots(op),
        inits=inits(at, **natives),
        inner={"input": "nn.Conv2d", "recurrent": "nn.Conv2d"},
    )


def _slots(op: ConvLSTM2D) -> tuple[AnySlot, ...]:
    bias = (slot("input.bias", "bias"),) if op.use_bias else ()
    return (
        slot("input.weight", "kernel", axes=AXES),
        *bias,
        slot("recurrent.weight", "recurrent_kernel", axes=AXES),
    )


def _cell(op: ConvLSTM2D, at: At) -> Expr:
    """`ConvLSTMCell(nn.Conv2d(3, 16, 3), nn.Conv2d(4, 16, 3, padding="same", …))`."""
    channels, joint = at.params[0].shape[2:]
    size = uniform(op.kernel_size)
    named: dict[str, Argument] = {}
    if set(op.strides) != {1}:
        named["stride"] = uniform(op.strides)
    if not isinstance(op.padding, str) and any(map(any, op.padding)):
        named["padding"] = uniform(tuple(before for before, _ in op.padding))
    if set(op.dilation_rate) != {1}:
        named["dilation"] = uniform(op.dilation_rate)
    if not op.use_bias:
        named["bias"] = False
    outer = call("nn.Conv2d", channels, joint, size, **named)
    around: Argument = "same"
    if all(cells % 2 for cells in op.kernel_size):
        around = uniform(tuple(cells // 2 for cells in op.kernel_size))
    inner = call("nn.Conv2d", op.filters, joint, size, padding=around, bias=False)
    functions: dict[str, Argument] = {}
    if not isinstance(op.activation, Tanh):
        functions["activation"] = callable_of(at, op.activation)
    if not isinstance(op.recurrent_activation, Sigmoid):
        functions["recurrent_activation"] = callable_of(at, op.recurrent_activation)
    return call(at.helper("ConvLSTMCell"), outer, inner, **functions)


def _first(op: ConvLSTM2D, at: At) -> Expr:
    """The states before the first step."""
    given = at.inputs.many("initial_state")
    if given:
        return Tuple(list(given))
    x, state = at.inputs.one("input"), op.state(at.types)
    sizes = [size for size in state.spatial if isinstance(size, int)]
    batch = item(Attr(x, "shape"), 0)
    zeros = method(x, "new_zeros", batch, op.filters, *sizes)
    return binary(Tuple([zeros]), "*", 2)


def _in_time(op: ConvLSTM2D, at: At, port: str) -> Expr:
    """An input, its steps in the order in which they are taken."""
    value = at.inputs.one(port)
    return method(value, "flip", 1) if op.go_backwards else value
