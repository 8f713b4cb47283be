"""What layers are called, and a name for every value that a loss is computed from."""

from __future__ import annotations

import re
from dataclasses import replace

from specgraph.ir.graph import Node, Path, Value
from specgraph.lower.program import Invoke, Item, Pass, Program, Reorder, Use
from specgraph.lower.pycode import Call, Const, Expr, Tagged
from specgraph.ops.activation import Linear
from specgraph.ops.base import Bound
from specgraph_keras.rules import RULES

OWN_NAMES = re.compile(
    r"(cast|copy|expand_dims|get_item|glu|not_equal|ones_like|pad|squeeze)(_\d+)?\Z"
)
"""What Keras calls the functions of `keras.ops` in a model: no layer may be called so."""


class LayerNames:
    """A name for every layer: its path joined by `_`, and no name twice."""

    def __init__(self, program: Program) -> None:
        self.taken = set(program.inputs)
        self.names: dict[tuple[Path, str], str] = {}
        for item in program.items:
            if isinstance(item, Use):
                self.of(item.path)

    def of(self, path: Path, suffix: str = "") -> str:
        """The name of a node's layer; of one that goes with it, by a suffix."""
        found = self.names.get((path, suffix))
        if found is None:
            found = self.names[path, suffix] = self.new(path, suffix)
        return found

    def new(self, path: Path, suffix: str) -> str:
        """A name that nothing has."""
        wanted = "_".join(path) + suffix
        if OWN_NAMES.match(wanted):
            wanted += "_"
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name


def called_layer(expr: Expr) -> str | None:
    """The name of the layer that an expression calls last; None for anything else."""
    while isinstance(expr, Tagged):
        expr = expr.expr
    if not isinstance(expr, Call) or not isinstance(expr.func, Call):
        return None
    named = dict(expr.func.kwargs).get("name")
    return str(named.value) if isinstance(named, Const) else None


def origin(program: Program, value: Value) -> Value:
    """The value before its axes were moved."""
    return program.origins.get(value, value)


def with_names(items: list[Item], values: list[Value], program: Program) -> list[Item]:
    """The items with an identity behind each value, for its name."""
    found: list[Item] = []
    named: dict[Value, Value] = {}
    for item in items:
        if isinstance(item, Reorder):
            found.append(replace(item, value=named.get(item.value, item.value)))
            results = [item.result]
        else:
            found.append(_reading(item, named))
            results = list(item.outputs.values())
        for value in results:
            if value in values:
                use = _identity(value, program)
                named[value] = next(iter(use.outputs.values()))
                found.append(use)
    return found


def _reading(
    use: Use | Invoke | Pass, named: dict[Value, Value]
) -> Use | Invoke | Pass:
    if not isinstance(use, Use):
        inputs = tuple(named.get(value, value) for value in use.inputs)
        return replace(use, inputs=inputs)
    return replace(use, inputs=use.inputs.map(lambda value: named.get(value, value)))


def _identity(value: Value, program: Program) -> Use:
    producer = value.producer
    *around, last = producer.path if producer is not None else value.name.split(".")
    path = (*around, f"{last}_logits")
    result = Value(".".join(path), value.type, producer)
    order = program.orders[result] = program.orders[value]
    op, inputs, outputs = Linear(), Bound({"input": (value,)}), {"output": result}
    at = producer.at if producer else next(iter(program.inputs.values())).at.at
    node = Node(path, op, inputs, outputs, (), at)
    entry = RULES.find(Linear)
    assert entry is not None
    types = inputs.map(lambda one: one.type)
    orders = inputs.map(lambda _: order)
    return Use(op, path, inputs, types, outputs, (), node, entry, RULES.name, orders)
