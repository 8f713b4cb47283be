"""Pooling: functions of `torch.nn.functional`, after a padding of its own where needed."""

from __future__ import annotations

from math import prod

from specgraph.lower import padding
from specgraph.lower.code import Argument, binary, call, uniform, value
from specgraph.lower.padding import (
    Pad,
    PadSame,
    PadWhole,
    is_even,
    whole_amounts,
)
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered, Step
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.pool import (
    AveragePool,
    AveragePool1D,
    AveragePool2D,
    AveragePool3D,
    MaxPool,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    Pool,
)
from specgraph.ops.window import Pairs
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.pad import amounts, known_amounts


@RULES.rewrite(MaxPool1D, MaxPool2D, MaxPool3D)
def max_padded_before(op: MaxPool, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that the function does not take becomes an op of its own."""
    found = _fixed(op, types.first)
    bare = Step(op.filled(padding="valid", ceil_mode=False))
    if found is None:
        return [Step(_same(op).filled(fill="lowest"), "_pad"), bare]
    if is_even(found) and _fits(op, found):
        return [Step(op.filled(padding=found, ceil_mode=_overhangs(op)))]
    before: Pad | PadWhole = padding.pad("lowest", found)
    if _overhangs(op):
        before = _whole(op, found, types.first).filled(fill="lowest")
    return [Step(before, "_pad"), bare]


@RULES.rewrite(AveragePool1D, AveragePool2D, AveragePool3D)
def mean_padded_before(op: AveragePool, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that the function does not take, if all of it counts: an op of its own."""
    found = _fixed(op, types.first)
    if found is not None and _is_native(op, found, types.first):
        return [Step(op.filled(padding=found, ceil_mode=_overhangs(op)))]
    bare = Step(op.filled(padding="valid", ceil_mode=False))
    if not _has_one_divisor(op, types.first):
        return None
    if found is None:
        return [Step(_same(op), "_pad"), bare]
    before: Pad | PadWhole = Pad(amounts=found)
    if _overhangs(op):
        before = _whole(op, found, types.first)
    if isinstance(before, Pad) and not any(map(any, before.amounts)):
        return [bare]
    return [Step(before, "_pad"), bare]


def _fixed(op: Pool, kind: TensorType) -> Pairs | None:
    return known_amounts(
        op.padding, kind.spatial, op.pool_size, op.steps, op.dilation_rate
    )


def _overhangs(op: Pool) -> bool:
    """Whether windows may hang over the end; with `same` padding none does."""
    return op.ceil_mode and op.padding != "same"


def _fits(op: Pool, found: Pairs) -> bool:
    """Whether the functions take a padding: no more than half a window's cells."""
    pairs = zip(found, op.pool_size, strict=True)
    return all(before <= size // 2 for (before, _), size in pairs)


def _same(op: Pool) -> PadSame:
    return PadSame(size=op.pool_size, strides=op.steps, dilation=op.dilation_rate)


def _whole(op: Pool, found: Pairs, kind: TensorType) -> Pad | PadWhole:
    """Padding that makes overhanging windows whole: numbers where sizes are known."""
    whole = PadWhole(
        size=op.pool_size, strides=op.steps, dilation=op.dilation_rate, amounts=found
    )
    known = whole_amounts(whole, kind.spatial)
    if known is None:
        return whole
    return Pad(amounts=tuple((before, max(after, 0)) for before, after in known))


def _is_native(op: AveragePool, found: Pairs, kind: TensorType) -> bool:
    """Whether `F.avg_pool2d` or its kin does it."""
    divides = op.divisor_override is None or op.dims > 1
    fits = is_even(found) and _fits(op, found)
    if op.dims == 3 and any(map(any, found)):
        # `F.avg_pool3d` wants a window's cells before it pads.
        sizes = zip(kind.spatial, op.pool_size, strict=True)
        fits = fits and all(isinstance(n, int) and n >= size for n, size in sizes)
    return fits and divides and set(op.dilation_rate) == {1}


def _has_one_divisor(op: AveragePool, kind: TensorType) -> bool:
    """Whether all windows divide by the same number."""
    if op.divisor_override is not None:
        return True
    found = _fixed(op, kind)
    if not op.count_include_pad and (found is None or any(map(any, found))):
        return False
    if found is None or not _overhangs(op):
        return True
    whole = _whole(op, found, kind)
    if isinstance(whole, PadWhole):
        return False
    pairs = zip(whole.amounts, found, strict=True)
    return all(after <= counted for (_, after), (_, counted) in pairs)


@RULES.lower(MaxPool1D, MaxPool2D, MaxPool3D)
def max_pool(op: MaxPool, at: At) -> Lowered:
    """`F.max_pool`."""
    named = _arguments(op)
    if set(op.dilation_rate) != {1}:
        named["dilation"] = uniform(op.dilation_rate)
    if op.ceil_mode:
        named["ceil_mode"] = True
    function = f"F.max_pool{op.dims}d"
    return Lowered({"output": call(function, at.input, uniform(op.pool_size), **named)})


@RULES.lower(AveragePool1D, AveragePool2D, AveragePool3D)
def average_pool(op: AveragePool, at: At) -> Lowered:
    """`F.avg_pool`, or sums over windows by what counts in them."""
    pairs = op.padding if not isinstance(op.padding, str) else ((0, 0),) * op.dims
    if op.padding != "same" and _is_native(op, pairs, at.type):
        return Lowered({"output": _native_mean(op, at.input)})
    if op.padding != "valid" or op.ceil_mode:
        return Lowered({"output": _counted_mean(op, at)})
    divisor = op.divisor_override or prod(op.pool_size)
    if set(op.dilation_rate) == {1}:
        mean = _native_mean(op.filled(divisor_override=None), at.input)
        total: Expr = binary(mean, "*", prod(op.pool_size))
    else:
        total = call(at.helper("window_sum"), at.input, *_windows(op))
    return Lowered({"output": binary(total, "/", divisor)})


def _native_mean(op: AveragePool, x: Expr) -> Expr:
    named = _arguments(op)
    if op.ceil_mode:
        named["ceil_mode"] = True
    if "padding" in named and not op.count_include_pad:
        named["count_include_pad"] = False
    if op.divisor_override is not None:
        named["divisor_override"] = op.divisor_override
    return call(f"F.avg_pool{op.dims}d", x, uniform(op.pool_size), **named)


def _arguments(op: Pool) -> dict[str, Argument]:
    """Stride and padding, where they are not the function's defaults."""
    named: dict[str, Argument] = {}
    if op.steps != op.pool_size:
        named["stride"] = uniform(op.steps)
    if not isinstance(op.padding, str) and any(map(any, op.padding)):
        named["padding"] = uniform(tuple(before for before, _ in op.padding))
    return named


def _counted_mean(op: AveragePool, at: At) -> Expr:
    """`window_mean`: every window has a divisor of its own."""
    mean, _ = at.helper("window_mean"), at.helper("window_sum")
    found = _fixed(op, at.type)
    counted: dict[str, Argument] = {}
    if found is None:
        added: Expr = call(at.helper("same_padding"), at.input, *_windows(op))
    else:
        if op.count_include_pad and any(map(any, found)):
            counted["counted"] = amounts(found)
        added = amounts(found)
        whole = _whole(op, found, at.type) if _overhangs(op) else None
        if isinstance(whole, PadWhole):
            helper = at.helper("whole_padding")
            added = call(helper, at.input, value(found), *_windows(op))
        elif whole is not None:
            added = amounts(whole.amounts)
    return call(mean, at.input, added, *_windows(op), **counted)


def _windows(op: Pool) -> list[Argument]:
    """Size, stride and dilation as helpers take them."""
    found: list[Argument] = [op.pool_size, op.steps]
    return [*found, op.dilation_rate] if set(op.dilation_rate) != {1} else found
