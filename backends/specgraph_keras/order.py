"""The order of layers that change as they are called, where nothing else settles it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from specgraph.ir.graph import Loop, Node, Path, Value, distinct_nodes
from specgraph.lower.code import call
from specgraph.lower.program import Invoke, Item, Pass, Program, Reorder, Use
from specgraph.lower.pycode import List
from specgraph.lower.rules import At, Lowered
from specgraph.ops.base import Bound, Op, Order, Port, TensorType
from specgraph_keras.rules.base import RULES, make


class After(Op):
    """Its first input, once the second has been computed; no spec writes this op."""

    label: ClassVar[str] = "after"
    order: ClassVar[Order] = "elementwise"
    ports: ClassVar[tuple[Port, ...]] = (Port("input"), Port("other"))

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The first input's type."""
        return {"output": inputs.first}


@RULES.lower(After)
def after(op: After, at: At) -> Lowered:
    """A helper: Keras has no layer that waits for another one."""
    layer = make(at, at.helper("After"))
    return Lowered({"output": call(layer, List(list(at.inputs)))})


def in_order(program: Program) -> Program:
    """The program, each use of a layer that changes behind the one before.

    Keras runs the layers of a functional model in an order of its own.
    """
    makers: dict[Value, Item] = {}
    last: dict[Path, Use | Invoke] = {}
    taken = {"_".join(item.path) for item in program.items}
    items: list[Item] = []
    for item in program.items:
        if isinstance(item, Use | Invoke) and _is_ordered(item):
            home = item.path if item.owner is None else item.owner
            before = last.get(home)
            last[home] = item
            if before is not None and not _follows(item, before, makers):
                waiting = _after(item, before, program, taken)
                items.append(waiting)
                item = _behind(item, next(iter(waiting.outputs.values())))
        items.append(item)
        for value in _given(item):
            makers.setdefault(value, item)
    return replace(program, items=items) if len(items) > len(program.items) else program


def _is_ordered(item: Use | Invoke) -> bool:
    """Whether a layer or model is called several times, each with an effect."""
    if isinstance(item, Use):
        return not item.alone and _changes(item.node)
    if item.owner is None and not item.lends:
        return False
    call = item.step.calls[0] if isinstance(item.step, Loop) else item.step
    return any(_changes(node) for node in distinct_nodes(call.body.items))


def _changes(node: Node) -> bool:
    """Whether calls of a layer have an effect on those that follow."""
    buffers = any(not param.trainable for param in node.params)
    return (buffers and node.trainable) or node.op.random


def _behind(item: Use | Invoke, value: Value) -> Use | Invoke:
    """The same with another value as its first input."""
    if isinstance(item, Invoke):
        return replace(item, inputs=(value, *item.inputs[1:]))
    ports = item.inputs.ports()
    first = next(iter(ports))
    ports[first] = (value, *ports[first][1:])
    return replace(item, inputs=Bound(ports))


def _follows(use: Item, before: Item, makers: dict[Value, Item]) -> bool:
    """Whether a use is computed from what another one gives."""
    stack = list(_taken(use))
    seen: set[Value] = set()
    while stack:
        value = stack.pop()
        if value in seen:
            continue
        seen.add(value)
        maker = makers.get(value)
        if maker is before:
            return True
        if maker is not None:
            stack.extend(_taken(maker))
    return False


def _after(
    use: Use | Invoke, before: Use | Invoke, program: Program, taken: set[str]
) -> Use:
    value = next(iter(use.inputs))
    source = use.node if isinstance(use, Use) else use.step
    path = (*use.path[:-1], f"{use.path[-1]}_after") if use.path else ("after",)
    while "_".join(path) in taken:
        path = (*path[:-1], f"{path[-1]}_")
    taken.add("_".join(path))
    result = Value(".".join(path), value.type)
    program.orders[result] = program.orders[value]
    other = next(iter(before.outputs.values()))
    op, outputs = After(), {"output": result}
    inputs = Bound({"input": (value,), "other": (other,)})
    node = Node(path, op, inputs, outputs, (), source.at, written=source.written)
    entry = RULES.find(After)
    assert entry is not None
    types = inputs.map(lambda one: one.type)
    orders = inputs.map(lambda one: program.orders[one])
    return Use(op, path, inputs, types, outputs, (), node, entry, RULES.name, orders)


def _taken(item: Item) -> Iterable[Value]:
    return [item.value] if isinstance(item, Reorder) else item.inputs


def _given(item: Item) -> Iterable[Value]:
    if isinstance(item, Use | Invoke | Pass):
        return item.outputs.values()
    return [item.result]
