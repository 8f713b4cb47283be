"""Padding: `layers.ZeroPadding2D` and its kin, and what stands before windows."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.padding import Pad, PadSame
from specgraph.lower.rules import At, Lowered
from specgraph.ops.pad import ZeroPad, ZeroPad1D, ZeroPad2D
from specgraph.ops.window import Pairs, reach
from specgraph_keras.rules.base import RULES, make

LOWEST = call("float", "-inf")


@RULES.lower(ZeroPad1D, ZeroPad2D)
def zero_pad(op: ZeroPad, at: At) -> Lowered:
    """The framework's layer."""
    layer = make(at, f"ZeroPadding{op.dims}D", padding_of(op.padding))
    return Lowered({"output": call(layer, at.input)})


@RULES.lower(Pad)
def pad(op: Pad, at: At) -> Lowered:
    """A layer for zeros and copies, `ops.pad` for the rest."""
    amounts = ((0, 0), *op.amounts, (0, 0))
    if op.fill == "zeros":
        layer = make(at, f"ZeroPadding{len(op.amounts)}D", padding_of(op.amounts))
        return Lowered({"output": call(layer, at.input)})
    if op.fill == "reflect":
        made = call("ops.pad", at.input, amounts, mode="reflect")
        return Lowered({"output": made})
    if op.fill == "lowest":
        made = call("ops.pad", at.input, amounts, constant_values=LOWEST)
        return Lowered({"output": made})
    layer = make(at, at.helper("EdgePadding"), op.amounts, op.fill)
    return Lowered({"output": call(layer, at.input)})


@RULES.lower(PadSame)
def pad_same(op: PadSame, at: At) -> Lowered:
    """A helper that finds the amounts when it runs."""
    layer = make(at, at.helper("SamePadding"), *same_padding(op))
    return Lowered({"output": call(layer, at.input)})


def same_padding(op: PadSame) -> list[Argument]:
    """The arguments of `SamePadding`."""
    fill: list[Argument] = [op.fill]
    if op.fill in ("zeros", "lowest"):
        fill = [] if op.fill == "zeros" else [LOWEST]
    return [tuple(map(reach, op.size, op.dilation)), op.strides, *fill]


def padding_of(amounts: Pairs) -> Argument:
    """The argument of `layers.ZeroPadding`, in the shortest words."""
    if all(before == last for before, last in amounts):
        return uniform(tuple(before for before, _ in amounts))
    return amounts[0] if len(amounts) == 1 else amounts


def is_same(
    padding: str | Pairs,
    size: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
) -> bool:
    """Whether explicit amounts are what `same` adds, whatever the length."""
    if isinstance(padding, str) or set(strides) != {1}:
        return False
    spreads = [reach(*one) - 1 for one in zip(size, dilation, strict=True)]
    return padding == tuple((s // 2, s - s // 2) for s in spreads)
