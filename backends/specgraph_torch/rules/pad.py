"""Padding: `F.pad`, which counts axes from the last."""

from __future__ import annotations

from specgraph.lower import padding
from specgraph.lower.code import Argument, call, value
from specgraph.lower.padding import (
    Fill,
    Pad,
    PadSame,
    PadWhole,
    WindowPadding,
    fixed_amounts,
)
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered, Step
from specgraph.ops.base import INTEGERS, Bound, TensorType
from specgraph.ops.dims import Dim
from specgraph.ops.pad import (
    ConstantPad,
    CopyPad,
    ReflectionPad,
    ReflectionPad1D,
    ReflectionPad2D,
    ReplicationPad1D,
    ReplicationPad2D,
    ZeroPad,
    ZeroPad1D,
    ZeroPad2D,
    ZeroPad3D,
)
from specgraph.ops.window import Pairs
from specgraph.traced import holds_traced
from specgraph_torch.rules.base import RULES


@RULES.lower(ZeroPad1D, ZeroPad2D, ZeroPad3D)
def zero_pad(op: ZeroPad, at: At) -> Lowered:
    """`F.pad` with zeros."""
    return Lowered({"output": padded(at.input, amounts(op.padding), "zeros")})


@RULES.rewrite(ReflectionPad1D, ReflectionPad2D, ReplicationPad1D, ReplicationPad2D)
def copy_pad(op: CopyPad, types: Bound[TensorType]) -> list[Step]:
    """Padding by fixed amounts."""
    fill: Fill = "reflect" if isinstance(op, ReflectionPad) else "replicate"
    return [Step(padding.pad(fill, op.padding))]


@RULES.lower(ConstantPad)
def constant_pad(op: ConstantPad, at: At) -> Lowered:
    """`F.pad` of one axis."""
    place = at.physical_axis(op.axis)
    after = -1 - place if place < 0 else at.type.rank - 1 - place
    named: dict[str, Argument] = {}
    if op.value:
        whole = at.type.dtype in INTEGERS
        named["value"] = int(op.value) if whole else op.value
    around = value((*(0, 0) * after, op.before, op.after))
    return Lowered({"output": call("F.pad", at.input, around, **named)})


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


def known_amounts(
    padding: str | Pairs,
    lengths: tuple[Dim, ...],
    size: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pairs | None:
    """What a padding adds; None where it is better computed when the model runs.

    `same` padding of a stride that is an argument of a block differs from use to use,
    by the stride and by the size.
    """
    if padding == "same" and holds_traced(strides):
        return None
    return fixed_amounts(padding, lengths, size, strides, dilation)


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
