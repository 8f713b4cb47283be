"""Padding: `layers.ZeroPadding2D` and its kin, and what stands before windows."""

from __future__ import annotations

from specgraph.lower import padding
from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.padding import Fill, Pad, PadSame
from specgraph.lower.pycode import Assign, Expr
from specgraph.lower.rules import At, Lowered, Step
from specgraph.ops.base import INTEGERS, Bound, TensorType
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
from specgraph.ops.window import Pairs, reach
from specgraph_keras.rules.base import RULES, chain, make


@RULES.lower(ZeroPad1D, ZeroPad2D, ZeroPad3D)
def zero_pad(op: ZeroPad, at: At) -> Lowered:
    """The framework's layer."""
    layer = make(at, f"ZeroPadding{op.dims}D", padding_of(op.padding))
    return Lowered({"output": call(layer, at.input)})


@RULES.rewrite(ReflectionPad1D, ReflectionPad2D, ReplicationPad1D, ReplicationPad2D)
def copy_pad(op: CopyPad, types: Bound[TensorType]) -> list[Step]:
    """Padding by fixed amounts."""
    fill: Fill = "reflect" if isinstance(op, ReflectionPad) else "replicate"
    return [Step(padding.pad(fill, op.padding))]


@RULES.lower(ConstantPad)
def constant_pad(op: ConstantPad, at: At) -> Lowered:
    """`ops.pad` of one axis."""
    around = [(0, 0)] * at.type.rank
    around[at.physical_axis(op.axis)] = (op.before, op.after)
    named: dict[str, Argument] = {}
    if op.value:
        whole = at.type.dtype in INTEGERS
        named["constant_values"] = int(op.value) if whole else op.value
    return Lowered({"output": call("ops.pad", at.input, tuple(around), **named)})


@RULES.lower(Pad)
def pad(op: Pad, at: At) -> Lowered:
    """A layer for zeros and copies, `ops.pad` for the rest."""
    if op.fill in ("zeros", "replicate", "circular"):
        return chain(at, padder(at, op.fill, op.amounts, at.layer("")))
    return Lowered({"output": _function(op.fill, op.amounts, at.input)})


@RULES.lower(PadSame)
def pad_same(op: PadSame, at: At) -> Lowered:
    """More than enough on either side, and a helper that crops when it runs."""
    enough, crop = around(op), cropper(at, op, at.layer("_crop"))
    if op.fill != "lowest":
        return chain(at, padder(at, op.fill, enough, at.layer("")), crop)
    made = _function(op.fill, enough, at.input)
    assigned = Assign([at.result("output")], made)
    return Lowered({"output": call(crop, at.result("output"))}, body=[assigned])


def _function(fill: Fill, amounts: Pairs, value: Expr) -> Expr:
    """Padding by `ops.pad`."""
    named: dict[str, Argument] = {"mode": "reflect"}
    if fill == "lowest":
        named = {"constant_values": call("float", "-inf")}
    return call("ops.pad", value, ((0, 0), *amounts, (0, 0)), **named)


def padder(at: At, fill: Fill, amounts: Pairs, name: Expr | None = None) -> Expr:
    """The layer that adds zeros or copies."""
    named: dict[str, Argument] = {} if name is None else {"name": name}
    if fill == "zeros":
        padding = padding_of(amounts)
        return call(f"layers.ZeroPadding{len(amounts)}D", padding, **named)
    return call(at.helper("CopyPadding"), amounts, fill, **named)


def around(op: PadSame) -> Pairs:
    """On either side of each axis, cells enough for `same` whatever the size."""
    spreads = [reach(*one) - 1 for one in zip(op.size, op.dilation, strict=True)]
    return tuple((spread, spread) for spread in spreads)


def cropper(at: At, op: PadSame, name: Expr | None = None) -> Expr:
    """The helper that leaves what `same` adds."""
    reaches = map(reach, op.size, op.dilation)
    windows = tuple(zip(reaches, op.strides, strict=True))
    named: dict[str, Argument] = {} if name is None else {"name": name}
    return call(at.helper("CropToSame"), windows, **named)


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
