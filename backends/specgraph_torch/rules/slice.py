"""Parts of a value: indices, `chunk`, `split_with_sizes`, and `take_along_dim`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, item, listed, method, value
from specgraph.lower.places import indexed, to_spec, without
from specgraph.lower.pycode import Assign, Const, Expr, Name, Tuple
from specgraph.lower.pycode import Slice as Range
from specgraph.lower.rules import At, Axes, Lowered
from specgraph.ops.slice import Gather, Slice, Split
from specgraph_torch.rules.base import RULES


def in_spec_order(found: Expr, order: Axes) -> Expr:
    """A value that has an order, permuted into the spec's."""
    axes = to_spec(order)
    return found if axes is None else method(found, "permute", *axes)


@RULES.lower(Slice)
def slice_(op: Slice, at: At) -> Lowered:
    """An index, or a stretch of it."""
    place = at.physical_axis(op.axis)
    if op.index is None:
        step = None if op.step == 1 else op.step
        ends = (None if e is None else value(e) for e in (op.start, op.stop, step))
        return Lowered({"output": indexed(at.input, place, Range(*ends))})
    found = indexed(at.input, place, value(op.index))
    gone = (at.type.axis(op.axis),)
    return Lowered({"output": in_spec_order(found, without(at.orders.first, gone))})


@RULES.lower(Split)
def split(op: Split, at: At) -> Lowered:
    """`chunk` into equal parts, `split_with_sizes` into others, which is typed."""
    assert op.axis is not None
    count = op.sections if isinstance(op.sections, int) else len(op.sections)
    if count == 1:
        return Lowered({"0": at.input})
    named: dict[str, Argument] = {"dim": at.physical_axis(op.axis)}
    made: Expr = method(at.input, "chunk", count, **named)
    if isinstance(op.sections, tuple):
        sizes = listed([value(size) for size in op.sections])
        made = method(at.input, "split_with_sizes", sizes, **named)
    return unpacked(at, made, tuple(map(str, range(count))))


def unpacked(at: At, made: Expr, outputs: tuple[str, ...]) -> Lowered:
    """A call that gives several values, each assigned to a name; `_` if none takes it."""
    targets: list[Expr] = []
    for place, output in enumerate(outputs):
        used = output in at.used
        targets.append(at.result(output) if used else Name("_"))
        if used:
            made = at.tagged(made, output, place)
    found: dict[str, Expr] = {output: at.result(output) for output in outputs}
    return Lowered(found, body=[Assign([Tuple(targets)], made)])


@RULES.lower(Gather)
def gather(op: Gather, at: At) -> Lowered:
    """An index of fixed places; `torch.take_along_dim` of those of each example."""
    place = at.physical_axis(op.axis)
    if op.indices is not None:
        fixed = listed([value(index) for index in op.indices])
        return Lowered({"output": indexed(at.inputs.one("input"), place, fixed)})
    order, rank = at.orders.first, at.type.rank
    place %= rank
    indices = at.inputs.one("indices")
    kind = at.types.one("indices")
    if kind.rank == rank > 2:
        indices = _like(indices, order)
    elif rank > 2:
        around = [Range() if p in (0, place) else Const(None) for p in range(rank)]
        if kind.rank == 1:
            around[place] = Const(None)
        indices = item(indices, *around)
    elif kind.rank == 1:
        indices = method(indices, "unsqueeze", 1)
    if kind.dtype != "int64":
        indices = method(indices, "long")
    made: Expr = call("torch.take_along_dim", at.inputs.one("input"), indices, place)
    if kind.rank > 1:
        return Lowered({"output": made})
    result = at.result("output")
    left = without(order, (at.type.axis(op.axis),))
    squeezed = in_spec_order(method(result, "squeeze", place), left)
    return Lowered({"output": squeezed}, body=[Assign([result], made)])


def _like(indices: Expr, order: Axes) -> Expr:
    """Indices in the spec's order, as a value lies."""
    if order == tuple(sorted(order)):
        return indices
    return method(indices, "permute", *order)
