"""Padding: `F.pad`, which counts axes from the last."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, value
from specgraph.lower.padding import Pad, PadSame, PadWhole, WindowPadding
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.pad import ZeroPad1D, ZeroPad2D
from specgraph.ops.window import Pairs
from specgraph_torch.rules.base import RULES


@RULES.lower(ZeroPad1D, ZeroPad2D)
def zero_pad(op: ZeroPad1D | ZeroPad2D, at: At) -> Lowered:
    """`F.pad` with zeros."""
    return Lowered({"output": padded(at.input, amounts(op.padding), "zeros")})


@RULES.lower(Pad)
def pad(op: Pad, at: At) -> Lowered:
    """`F.pad` by fixed amounts."""
    return Lowered({"output": padded(at.input, amounts(op.amounts), op.fill)})


@RULES.lower(PadSame)
def pad_same(op: PadSame, at: At) -> Lowered:
    """`F.pad` by amounts that the size at run time gives."""
    made = call(at.helper("same_padding"), at.input, *_windows(op))
    return Lowered({"output": padded(at.input, made, op.fill)})


@RULES.lower(PadWhole)
def pad_whole(op: PadWhole, at: At) -> Lowered:
    """`F.pad` by amounts that the size at run time gives."""
    helper = at.helper("whole_padding")
    made = call(helper, at.input, value(op.amounts), *_windows(op))
    return Lowered({"output": padded(at.input, made, op.fill)})


def _windows(op: WindowPadding) -> list[Argument]:
    """Size, stride and dilation as helpers take them."""
    found: list[Argument] = [op.size, op.strides]
    return [*found, op.dilation] if set(op.dilation) != {1} else found


def amounts(pairs: Pairs) -> Expr:
    """Amounts as `F.pad` takes them: the last axis first."""
    return value(tuple(amount for pair in reversed(pairs) for amount in pair))


def padded(x: Expr, added: Expr, fill: str) -> Expr:
    """`F.pad` with what the added cells hold."""
    named: dict[str, Argument] = {}
    if fill == "lowest":
        named["value"] = call("float", "-inf")
    elif fill != "zeros":
        named["mode"] = fill
    return call("F.pad", x, added, **named)
