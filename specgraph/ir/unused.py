"""Layers that reach no output of the body they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from specgraph.diagnostics import Placed, Problems
from specgraph.ir.graph import Call, Item, Skip, Step, Value, written_out


def live(items: Sequence[Item], outputs: Iterable[Value]) -> set[Step]:
    """The nodes and calls of a body that some of its outputs depend on."""
    makers: dict[Value, Step] = {}
    for item in written_out(items):
        for value in item.outputs.values():
            makers.setdefault(value, item)
    found: set[Step] = set()
    stack = list(outputs)
    while stack:
        maker = makers.get(stack.pop())
        if maker is not None and maker not in found:
            found.add(maker)
            stack.extend(maker.inputs)
    return found


def record_unused(
    items: Sequence[Item], outputs: Iterable[Value], problems: Problems
) -> None:
    """Records the layers that reach none of a body's outputs."""
    used = live(items, outputs)
    for item in written_out(items):
        if item in used or _passes(item):
            continue
        path = item.path
        if isinstance(item, Call) and path and path[-1].isdigit():
            path = path[:-1]
        hint = "take it with `from`, list it under `outputs`, or leave it out"
        message = f"layer `{'.'.join(path)}` reaches no output"
        problems.add("unused-layer", message, place(item), hint)


def _passes(item: Step) -> bool:
    """Whether a step does nothing here: all it gives is what it takes."""
    if not isinstance(item, Call):
        return isinstance(item, Skip)
    return all(value in item.inputs for value in item.outputs.values())


def place(item: Step) -> Placed:
    """Where a node or call is written."""
    assert item.written is not None
    return item.written.at
