"""How often a loop turns, and what its variables are in each turn."""

from __future__ import annotations

from specgraph.definition import show
from specgraph.spec.evaluate import Evaluator, Unreadable, mentions
from specgraph.spec.params import as_lists
from specgraph.spec.schema import Layer, Repeat

MOST_TURNS = 1_000_000


def variables(layer: Layer, evaluator: Evaluator) -> list[dict[str, object]] | None:
    """The variables of each turn of a `for`; None where a problem was recorded."""
    problems = evaluator.problems
    lists: dict[str, list[object]] = {}
    for name, node in layer.loops:
        try:
            value = as_lists(evaluator.value(node))
        except Unreadable:
            return None
        if not isinstance(value, list):
            message = f"`for` walks lists; `{name}` is {show(value)}"
            problems.add("wrong-type", message, node)
            return None
        lists[name] = value
    sizes = {name: len(value) for name, value in lists.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"`{name}` has {size}" for name, size in sizes.items())
        message = f"the lists of `for` must be equally long: {told}"
        problems.add("unequal-lists", message, layer.loops[0][1])
        return None
    return [
        dict(zip(lists, values, strict=True))
        for values in zip(*lists.values(), strict=True)
    ]


def uses(layer: Layer, name: str) -> bool:
    """Whether an expression in a layer, or in those inside it, may say a name."""
    stack = [layer]
    while stack:
        one = stack.pop()
        nodes = [one.argument, one.when, one.trainable, one.share, one.tie]
        nodes += [node for _, node in one.loops]
        nodes += [one.repeat.times] if one.repeat is not None else []
        if any(node is not None and mentions(node, name) for node in nodes):
            return True
        stack += one.layers
        stack += [one.merge] if one.merge is not None else []
        for _, inner in one.branches:
            stack += inner
    return False


def times(repeat: Repeat, evaluator: Evaluator) -> int | None:
    """How often a layer is repeated; None where a problem has been recorded."""
    problems = evaluator.problems
    try:
        value = evaluator.value(repeat.times)
    except Unreadable:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        message = f"`repeat` is an integer from 0 on, got {show(value)}"
        problems.add("wrong-type", message, repeat.times)
        return None
    if value > MOST_TURNS:
        message = f"`repeat` of {value:,} is above the limit of {MOST_TURNS:,}"
        problems.add("too-many-layers", message, repeat.times)
        return None
    return value
