"""Refusal of sizes that an author has ruled out: a layer behind the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from specgraph.ir.graph import Graph, Input, Node, Value
from specgraph.lower.code import Argument, binary, call, value
from specgraph.lower.describe import size_rule
from specgraph.lower.program import Invoke, Pass, Use
from specgraph.lower.pycode import Tuple
from specgraph.lower.rules import At, Lowered
from specgraph.ops.base import Bound, Op, Order, TensorType
from specgraph.ops.dims import symbol
from specgraph.ops.sizes import ANY, Bounds
from specgraph_keras.rules.base import RULES, make


class CheckSize(Op):
    """Its input, if an axis has a legal size; no spec writes this op."""

    label: ClassVar[str] = "check_size"
    order: ClassVar[Order] = "elementwise"

    axis: int
    rule: str
    """What the size must be, in words."""
    least: int
    most: int | None
    step: int

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        return {"output": inputs.first}


@RULES.lower(CheckSize)
def check_size(op: CheckSize, at: At) -> Lowered:
    """A helper: Keras has no layer that refuses a size."""
    axis = at.orders.first.index(op.axis)
    stop: Argument = binary(2, "**", 31) if op.most is None else op.most + 1
    sizes = Tuple([value(op.least), value(stop), value(op.step)])
    layer = make(at, at.helper("SizeCheck"), op.rule, axis=axis, sizes=sizes)
    return Lowered({"output": call(layer, at.input)})


def with_checks(
    graph: Graph, uses: Sequence[Use | Invoke | Pass]
) -> list[Use | Invoke | Pass]:
    """The uses, behind a check of the first input that has a bounded axis."""
    checks: list[Use] = []
    checked: dict[Value, Value] = {}
    taken = {"_".join(use.path) for use in uses}
    for title, bounds in graph.bounds.items():
        found = _place(graph, title)
        if bounds == ANY or found is None:
            continue
        entry, axis = found
        before = checked.get(entry.value, entry.value)
        check = _check(entry, before, title, axis, bounds, taken)
        checked[entry.value] = next(iter(check.outputs.values()))
        checks.append(check)
    for use in uses:
        if isinstance(use, Use):
            use.inputs = use.inputs.map(lambda value: checked.get(value, value))
        else:
            use.inputs = tuple(checked.get(value, value) for value in use.inputs)
        if not isinstance(use, Use):  # one may give back what it takes
            use.outputs = {
                name: checked.get(value, value) for name, value in use.outputs.items()
            }
    return [*checks, *uses]


def _place(graph: Graph, title: str) -> tuple[Input, int] | None:
    """The first input, and its axis, whose size is a named one."""
    named = symbol(title)
    for entry in graph.inputs.values():
        for axis, size in enumerate(entry.value.type.shape, start=1):
            if size == named:
                return entry, axis
    return None


def _check(
    entry: Input,
    before: Value,
    title: str,
    axis: int,
    bounds: Bounds,
    taken: set[str],
) -> Use:
    path = (f"{entry.name}_{title}",)
    while path[0] in taken:
        path = (f"{path[0]}_",)
    taken.add(path[0])
    op = CheckSize(
        axis=axis,
        rule=size_rule(title, bounds),
        least=bounds.least,
        most=bounds.max,
        step=bounds.multiple_of,
    )
    outputs = {"output": Value(path[0], before.type)}
    inputs = Bound({"input": (before,)})
    node = Node(path, op, inputs, outputs, (), entry.at.at)
    found = RULES.find(CheckSize)
    assert found is not None
    types = inputs.map(lambda one: one.type)
    return Use(op, path, inputs, types, outputs, (), node, found, RULES.name)
