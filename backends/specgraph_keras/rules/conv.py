"""Convolutions: `layers.Conv1D`, `layers.Conv2D`, `layers.Conv3D`."""

from __future__ import annotations

from specgraph.lower import padding
from specgraph.lower.code import Argument, call, item, uniform, value
from specgraph.lower.padding import PadSame, fixed_amounts
from specgraph.lower.pycode import Assign, Expr, Slice, Stmt
from specgraph.lower.rules import At, Lowered, Step
from specgraph.lower.slots import Slot, slot
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.conv import Conv, Conv1D, Conv2D, Conv3D
from specgraph.ops.kernel import Sliding
from specgraph.traced import holds_traced
from specgraph_keras.initializers import in_training, starts
from specgraph_keras.rules.activation import after
from specgraph_keras.rules.base import RULES, chain, make
from specgraph_keras.rules.pad import is_same

LAYERS = {Conv1D: "Conv1D", Conv2D: "Conv2D", Conv3D: "Conv3D"}


@RULES.rewrite(Conv1D, Conv2D, Conv3D)
def padded_before(op: Conv, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that Keras's layer has not becomes an op of its own."""
    return padding_apart(op, types, _is_strided_and_dilated(op))


def padding_apart(
    op: Sliding, types: Bound[TensorType], thins: bool
) -> list[Step] | None:
    """The padding as an op of its own, unless the layer knows it and `thins` nothing."""
    if isinstance(op.padding, str) and op.padding_mode == "zeros" and not thins:
        return None
    amounts = fixed_amounts(
        op.padding, types.first.spatial, op.kernel_size, op.strides, op.dilation_rate
    )
    bare = Step(op.filled(padding="valid", padding_mode="zeros"))
    window = (op.padding, op.kernel_size, op.strides, op.dilation_rate)
    computed = holds_traced(window)
    if (
        op.padding_mode == "zeros"
        and not computed  # "same" is no expression of a block's parameters
        and is_same(op.padding, op.kernel_size, op.strides, op.dilation_rate)
    ):
        return [Step(op.filled(padding="same"))]
    if amounts is None:
        same = PadSame(
            fill=op.padding_mode,
            size=op.kernel_size,
            strides=op.strides,
            dilation=op.dilation_rate,
        )
        return [Step(same, "_pad"), bare]
    if not any(map(any, amounts)):
        return [bare]
    return [Step(padding.pad(op.padding_mode, amounts), "_pad"), bare]


def _is_strided_and_dilated(op: Conv) -> bool:
    """Whether Keras refuses the combination; then all places are computed, some kept."""
    return max(op.strides) > 1 and max(op.dilation_rate) > 1


@RULES.lower(Conv1D, Conv2D, Conv3D)
def conv(op: Conv, at: At) -> Lowered:
    """The framework's layer."""
    named: dict[str, Argument] = {}
    sparse = _is_strided_and_dilated(op)
    if set(op.strides) != {1} and not sparse:
        named["strides"] = uniform(op.strides)
    if op.padding != "valid":
        named["padding"] = value(op.padding)
    if set(op.dilation_rate) != {1}:
        named["dilation_rate"] = uniform(op.dilation_rate)
    if op.groups != 1:
        named["groups"] = op.groups
    inside, activation = after(at, op.activation)
    named |= inside
    if not op.use_bias:
        named["use_bias"] = False
    named |= starts(
        at,
        {},
        kernel_initializer=("kernel", "glorot_uniform"),
        bias_initializer=("bias", "zeros"),
    )
    named |= in_training(op, "kernel", "bias")
    window = uniform(op.kernel_size)
    layer = make(at, LAYERS[type(op)], op.filters, window, **named)
    kernel = slot("kernel", "kernel")
    slots = (kernel, slot("bias", "bias")) if op.use_bias else (kernel,)
    if not sparse:
        return chain(at, layer, activation, slots=slots)
    return thinned(op, at, layer, activation, slots)


def thinned(
    op: Sliding, at: At, layer: Expr, activation: Expr | None, slots: tuple[Slot, ...]
) -> Lowered:
    """A layer that computes all places, of which those at a stride are kept."""
    made: Expr = item(call(layer, at.input), Slice(), *_every(op.strides))
    if activation is None:
        return Lowered({"output": made}, slots=slots)
    body: list[Stmt] = [Assign([at.result("output")], made)]
    made = call(activation, at.result("output"))
    return Lowered({"output": made}, body=body, slots=slots)


def _every(strides: tuple[int, ...]) -> list[Expr]:
    """Slices of every so many places; none for the last axes that keep all."""
    last = max(axis for axis, stride in enumerate(strides) if stride > 1)
    return [
        Slice(None, None, value(stride)) if stride > 1 else Slice()
        for stride in strides[: last + 1]
    ]
