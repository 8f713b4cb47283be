"""Parts of a value: indices, `ops.split`, and `ops.take`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, item, listed, value
from specgraph.lower.places import indexed, to_spec, without
from specgraph.lower.pycode import Assign, Const, Expr, Name, Tuple
from specgraph.lower.pycode import Slice as Range
from specgraph.lower.rules import At, Axes, Lowered
from specgraph.ops.slice import Gather, Slice, Split
from specgraph_keras.rules.base import RULES, make


def in_spec_order(found: Expr, order: Axes) -> Expr:
    """A value that has an order, permuted into the spec's."""
    axes = to_spec(order)
    return found if axes is None else call("ops.transpose", found, axes)


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
    """`ops.split`, which takes where parts begin."""
    assert op.axis is not None
    sizes = op.sections
    outputs = range(sizes if isinstance(sizes, int) else len(sizes))
    if len(outputs) == 1:
        return Lowered({"0": call(make(at, "Identity"), at.input)})
    parts: Argument = sizes
    if isinstance(sizes, tuple):
        begins = [sum(sizes[:n]) for n in outputs]
        parts = listed([value(begin) for begin in begins[1:]])
    made = call("ops.split", at.input, parts, axis=at.physical_axis(op.axis))
    return unpacked(at, made, tuple(map(str, outputs)))


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
    """`ops.take` of fixed places, `ops.take_along_axis` of those of each example."""
    place = at.physical_axis(op.axis)
    if op.indices is not None:
        fixed = listed([value(index) for index in op.indices])
        x = at.inputs.one("input")
        return Lowered({"output": call("ops.take", x, fixed, axis=place)})
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
        indices = call("ops.expand_dims", indices, 1)
    x = at.inputs.one("input")
    made: Expr = call("ops.take_along_axis", x, indices, axis=place)
    if kind.rank > 1:
        return Lowered({"output": made})
    result = at.result("output")
    left = without(order, (at.type.axis(op.axis),))
    squeezed = in_spec_order(call("ops.squeeze", result, place), left)
    return Lowered({"output": squeezed}, body=[Assign([result], made)])


def _like(indices: Expr, order: Axes) -> Expr:
    """Indices in the spec's order, as a value lies."""
    if order == tuple(sorted(order)):
        return indices
    return call("ops.transpose", indices, order)
