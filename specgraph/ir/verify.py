"""What a whole graph must satisfy: nothing unused, sizes that can be, known names."""

from __future__ import annotations

from specgraph.diagnostics import Problems
from specgraph.ir.graph import Graph, Node, Value
from specgraph.ops.dims import Dim
from specgraph.ops.sizes import least_legal
from specgraph.spec.schema import Spec


def check_graph(graph: Graph, spec: Spec, problems: Problems) -> None:
    """Records what is wrong with a graph as a whole."""
    _unused(graph, problems)
    _sizes(graph, problems)
    for name in spec.dims:
        used = any(name in _symbols(entry.value) for entry in graph.inputs.values())
        if not used:
            message = f"`dims` names `{name}`, but no input has it"
            problems.add("unused", message, spec.at)


def reached(graph: Graph) -> set[Node]:
    """The nodes that some output depends on."""
    seen: set[Node] = set()
    stack = [value.producer for value in graph.outputs.values()]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        stack.extend(value.producer for value in node.inputs)
    return seen


def _unused(graph: Graph, problems: Problems) -> None:
    live = reached(graph)
    used = {value for node in live for value in node.inputs}
    used |= set(graph.outputs.values())
    for node in graph.walk():
        if node not in live:
            where = node.written.at if node.written else node.at
            hint = "take it with `from`, list it under `outputs`, or leave it out"
            message = f"layer `{node.name}` reaches no output"
            problems.add("unused-layer", message, where, hint)
    for entry in graph.inputs.values():
        if entry.value not in used:
            message = f"input `{entry.name}` reaches no output"
            problems.add("unused-input", message, entry.at)


def _symbols(value: Value) -> set[str]:
    from specgraph.ops.dims import symbols

    return {name for dim in value.type.shape for name in symbols(dim)}


def _sizes(graph: Graph, problems: Problems) -> None:
    if not graph.bounds or problems:
        return
    dims: list[Dim] = [
        dim
        for value in graph.values()
        for dim in value.type.shape
        if not isinstance(dim, int)
    ]
    if dims and least_legal(dims, graph.bounds) is None:
        where = next(iter(graph.inputs.values())).at
        names = ", ".join(graph.bounds)
        message = f"no legal size of {names} leaves every layer an output"
        problems.add("shape-mismatch", message, where)
