"""Transposed convolutions: `layers.Conv2DTranspose` and its kin."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.conv_transpose import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
    ConvTranspose,
)
from specgraph.ops.window import Pairs
from specgraph_keras.initializers import in_training, starts
from specgraph_keras.rules.activation import after
from specgraph_keras.rules.base import RULES, chain, make
from specgraph_keras.rules.pad import padding_of


@RULES.lower(Conv1DTranspose, Conv2DTranspose, Conv3DTranspose)
def conv_transpose(op: ConvTranspose, at: At) -> Lowered:
    """The framework's layer, or a helper that adds groups and gaps, and a crop."""
    named: dict[str, Argument] = {}
    layer: str | Expr = f"Conv{op.dims}DTranspose"
    window: Argument = uniform(op.kernel_size)
    simple = op.groups == 1 and set(op.dilation_rate) == {1}
    if not simple:
        mixed = at.helper("GroupedTranspose")
        assert mixed
        layer, window = at.helper(f"Conv{op.dims}DTranspose"), op.kernel_size
        named["gaps"] = op.dilation_rate
        if op.groups != 1:
            named["groups"] = op.groups
    if set(op.strides) != {1}:
        named["strides"] = uniform(op.strides)
    cut: Pairs = ((0, 0),) * op.dims
    if simple and _is_native_same(op):
        named["padding"] = "same"
        if op.output_padding is not None:
            named["output_padding"] = uniform(op.output_padding)
    else:
        cut = tuple((before, max(last, 0)) for before, last in op.cut)
        named |= _output_padding(op)
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
    made = make(at, layer, op.filters, window, **named)
    kernel = slot("kernel", "kernel")
    slots = (kernel, slot("bias", "bias")) if op.use_bias else (kernel,)
    return chain(at, made, _crop(at, cut), activation, slots=slots)


def _is_native_same(op: ConvTranspose) -> bool:
    """Whether the layer's `same` gives the size that is asked for, and its gradient."""
    leaps = (s - k > 1 for s, k in zip(op.strides, op.kernel_size, strict=True))
    if op.dims == 3 and any(leaps):
        return False  # there TensorFlow's gradient is another one's
    if op.padding != "same" or op.output_padding is None:
        return op.padding == "same"
    triples = zip(op.kernel_size, op.strides, op.output_padding, strict=True)
    return all(1 <= size % 2 + added <= stride for size, stride, added in triples)


def _output_padding(op: ConvTranspose) -> dict[str, Argument]:
    """What a `valid` layer adds after, where it would not do so by itself.

    A stride or more, which only gaps allow, is zeros after the helper's kernel.
    """
    added = tuple(max(-last, 0) for _, last in op.cut)
    if any(cells >= stride for cells, stride in zip(added, op.strides, strict=True)):
        return {"tail": added, "output_padding": 0}
    own = tuple(
        max(stride - span, 0)
        for stride, span in zip(op.strides, op.reaches, strict=True)
    )
    return {} if added == own else {"output_padding": uniform(added)}


def _crop(at: At, cut: Pairs) -> Expr | None:
    if not any(map(any, cut)):
        return None
    function = f"layers.Cropping{len(cut)}D"
    return call(function, padding_of(cut), name=at.layer("_crop"))
