"""Pooling layers."""

from __future__ import annotations

from math import prod

from specgraph.lower import padding
from specgraph.lower.code import Argument, binary, call, listed, uniform
from specgraph.lower.padding import Fill, Pad, PadSame, fixed_amounts
from specgraph.lower.pycode import Expr, dotted
from specgraph.lower.rules import At, Lowered, Step
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.dims import Dim
from specgraph.ops.pool import (
    AveragePool,
    AveragePool1D,
    AveragePool2D,
    AveragePool3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    Pool,
)
from specgraph.ops.window import Pairs, reach, window_count
from specgraph_keras.rules.base import RULES, chain, make
from specgraph_keras.rules.pad import around, cropper, is_same, padder

NATIVE = {
    MaxPool1D: "MaxPooling1D",
    MaxPool2D: "MaxPooling2D",
    MaxPool3D: "MaxPooling3D",
    AveragePool1D: "AveragePooling1D",
    AveragePool2D: "AveragePooling2D",
    AveragePool3D: "AveragePooling3D",
}


@RULES.rewrite(MaxPool1D, MaxPool2D, MaxPool3D)
def padded_by_the_lowest(op: Pool, types: Bound[TensorType]) -> list[Step] | None:
    """Every padding that Keras's layer has not is an op of its own."""
    bare = op.filled(padding="valid", ceil_mode=False)
    if _is_native(op):
        return None
    if _is_same(op):
        return [Step(bare.filled(padding="same"))]
    amounts = _surroundings(op, types.first.spatial)
    if amounts is None:
        return [Step(_pad_same(op, "lowest"), "_pad"), Step(bare)]
    if not any(map(any, amounts)):
        return [Step(bare)]
    return [Step(padding.pad("lowest", amounts), "_pad"), Step(bare)]


@RULES.rewrite(AveragePool1D, AveragePool2D, AveragePool3D)
def padded_by_what_counts(
    op: AveragePool, types: Bound[TensorType]
) -> list[Step] | None:
    """Padding that counts is an op of its own; what stays with the pool does not count."""
    counts = op.count_include_pad or op.divisor_override is not None
    bare = op.filled(padding="valid", ceil_mode=False, count_include_pad=False)
    if _is_native(op) and (op.padding == "valid" or not counts):
        return None
    if _is_same(op) and not counts:
        return [Step(bare.filled(padding="same"))]
    lengths = types.first.spatial
    written, amounts = _written(op, lengths), _surroundings(op, lengths)
    if written is None or amounts is None:
        if not counts:
            return [Step(bare.filled(padding="same"))]
        return [Step(_pad_same(op, "zeros"), "_pad"), Step(bare)]
    inside: Pairs = ((0, 0),) * op.dims
    if op.divisor_override is not None:
        inside = amounts
    elif counts:
        inside = tuple(
            (before, min(last, most))
            for (before, last), (_, most) in zip(amounts, written, strict=True)
        )
    rest = tuple(
        (before - b, last - a)
        for (before, last), (b, a) in zip(amounts, inside, strict=True)
    )
    steps = [Step(bare.filled(padding=rest if any(map(any, rest)) else "valid"))]
    if any(map(any, inside)):
        steps.insert(0, Step(Pad(amounts=inside), "_pad"))
    return steps


def _is_native(op: Pool) -> bool:
    """Whether Keras's layer knows the windows."""
    overhangs = op.ceil_mode and op.padding == "valid"
    simple = isinstance(op.padding, str) and not overhangs
    return simple and set(op.dilation_rate) == {1}


def _is_same(op: Pool) -> bool:
    """Whether explicit padding is Keras's `same`."""
    simple = set(op.dilation_rate) == {1}
    return simple and is_same(op.padding, op.pool_size, op.steps, op.dilation_rate)


def _written(op: Pool, lengths: tuple[Dim, ...]) -> Pairs | None:
    """What the padding adds; None where that depends on a size that is not known."""
    return fixed_amounts(op.padding, lengths, op.pool_size, op.steps, op.dilation_rate)


def _surroundings(op: Pool, lengths: tuple[Dim, ...]) -> Pairs | None:
    """What the padding adds, and what overhanging windows see beyond it."""
    written = _written(op, lengths)
    if written is None or not op.ceil_mode or op.padding == "same":
        return written
    return tuple(
        (written[axis][0], _overhang(op, axis, length, written[axis]))
        for axis, length in enumerate(lengths)
    )


def _overhang(op: Pool, axis: int, length: Dim, padding: tuple[int, int]) -> int:
    """How many cells after an axis make the last window whole, or more of no effect."""
    size, stride, dilation = op.pool_size[axis], op.steps[axis], op.dilation_rate[axis]
    before, last = padding
    window = reach(size, dilation)
    if not isinstance(length, int):
        return min(last + stride - 1, window - 1)
    count = window_count(length, padding, size, stride, dilation, ceil_mode=True)
    assert isinstance(count, int)
    return max((count - 1) * stride + window - length - before, 0)


def _pad_same(op: Pool, fill: Fill) -> PadSame:
    return PadSame(
        fill=fill, size=op.pool_size, strides=op.steps, dilation=op.dilation_rate
    )


@RULES.lower(MaxPool1D, MaxPool2D, MaxPool3D)
def max_pool(op: Pool, at: At) -> Lowered:
    """The framework's layer, or a helper for windows with gaps."""
    return Lowered({"output": call(_pool(op, at, at.layer("")), at.input)})


@RULES.lower(AveragePool1D, AveragePool2D, AveragePool3D)
def average_pool(op: AveragePool, at: At) -> Lowered:
    """The framework's layer, or a helper; cells that the layer pads do not count."""
    gaps = set(op.dilation_rate) != {1}
    if isinstance(op.padding, str) and (op.padding == "valid" or not gaps):
        layer = _pool(op, at, at.layer(""))
    else:
        pool = _pool(op.filled(padding="valid"), at)
        inner = call("keras.Sequential", listed([*_inner(op, at), pool]))
        layer = make(at, at.helper("MeanInside"), inner)
    if op.divisor_override is None:
        return chain(at, layer)
    scale = binary(prod(op.pool_size), "/", op.divisor_override)
    return chain(at, layer, call("layers.Rescaling", scale, name=at.layer("_scale")))


def _inner(op: AveragePool, at: At) -> list[Expr]:
    """The layers that pad what does not count."""
    if not isinstance(op.padding, str):
        return [padder(at, "zeros", op.padding)]
    same = _pad_same(op, "zeros")
    return [padder(at, "zeros", around(same)), cropper(at, same)]


def _pool(op: Pool, at: At, name: Expr | None = None) -> Expr:
    """A layer over whole windows, or `same` ones."""
    named: dict[str, Argument] = {}
    if set(op.dilation_rate) != {1}:
        mean = isinstance(op, AveragePool)
        helper = at.helper("DilatedPooling")
        windows = tuple(zip(op.pool_size, op.steps, op.dilation_rate, strict=True))
        named = {"mean": True} if mean else {}
        if name is not None:
            named["name"] = name
        return call(helper, windows, **named)
    if op.steps != op.pool_size:
        named["strides"] = uniform(op.steps)
    if op.padding != "valid":
        named["padding"] = "same"
    if name is not None:
        named["name"] = name
    layer: Expr = dotted(f"layers.{NATIVE[type(op)]}")
    if op.dims == 3:
        _ = at.helper("by_axes")
        layer = at.helper(NATIVE[type(op)])
    return call(layer, uniform(op.pool_size), **named)
