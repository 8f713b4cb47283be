"""What a whole graph must satisfy: nothing unused, sizes that can be, known names."""

from __future__ import annotations

from specgraph.definition import Problem, show
from specgraph.diagnostics import Problems, closest
from specgraph.ir.attributes import locate
from specgraph.ir.graph import Graph, Value, distinct_nodes, written_out
from specgraph.ir.joined import record_joined
from specgraph.ir.unused import record_unused
from specgraph.ops.dims import Dim, symbols
from specgraph.ops.sizes import least_legal
from specgraph.spec.schema import DEVIATIONS, Spec
from specgraph.spec.source import Mapping, Sequence
from specgraph.training.optimizers import excludes

MOST_TRIED = 2**20
"""Sizes of a named dimension that are tried, unless its bounds begin further up."""


def check_graph(graph: Graph, spec: Spec, problems: Problems) -> None:
    """Records what is wrong with a graph as a whole."""
    _unused(graph, problems)
    _unused_dims(graph, spec, problems)
    _sizes(graph, spec, problems)
    record_joined(graph, problems)
    _untrainable(graph, spec, problems)
    _exclusions(graph, spec, problems)
    _deviations(spec, problems)


def _unused(graph: Graph, problems: Problems) -> None:
    record_unused(graph.items, graph.outputs.values(), problems)
    used = {value for item in written_out(graph.items) for value in item.inputs}
    used |= set(graph.outputs.values())
    for entry in graph.inputs.values():
        if entry.value not in used:
            message = f"input `{entry.name}` reaches no output"
            problems.add("unused-input", message, entry.at)


def _unused_dims(graph: Graph, spec: Spec, problems: Problems) -> None:
    used = {name for entry in graph.inputs.values() for name in _symbols(entry.value)}
    dims = spec.written("dims")
    for name in spec.dims.keys() - used:
        assert isinstance(dims, Mapping)
        near = closest(name, used)
        hint = f"did you mean `{near}`?" if near else ""
        message = f"`dims` names `{name}`, but no input has it"
        problems.add("unused-dimension", message, dims.keys[name], hint)


def _untrainable(graph: Graph, spec: Spec, problems: Problems) -> None:
    """There is something to train where training is asked for."""
    if graph.training is None:
        return
    nodes = [node for node in distinct_nodes(graph.items) if node.params]
    trainable = [node for node in nodes if any(p.trainable for p in node.params)]
    if any(node.trainable for node in trainable):
        return
    why = "all are `trainable: false`" if trainable else "no layer has any"
    hint = "leave out `train`, or "
    hint += (
        "let a layer be trained" if trainable else "add a layer with weights (dense)"
    )
    message = f"`train` needs weights to train, and {why}"
    problems.add("nothing-to-train", message, spec.written("train"), hint)


def _exclusions(graph: Graph, spec: Spec, problems: Problems) -> None:
    if graph.training is None:
        return
    optimizer = graph.training.optimizer
    for index, entry in enumerate(getattr(optimizer, "exclude", ())):
        if not _matches(entry, graph):
            call = spec.written("train", "optimizer")
            path = (*(call.items if isinstance(call, Mapping) else ()), "exclude")
            where = (
                locate(call, Problem("unused", "", (*path, index))) if call else None
            )
            problems.add(
                "unused-exclusion",
                f"`exclude`: no weight matches {show(entry)}",
                where,
                "an entry is a weight's name (bias), an op (layer_norm) or a path",
            )


def _matches(entry: str, graph: Graph) -> bool:
    """Whether an entry of `exclude` means some weight; paths are the last resort."""
    for node in distinct_nodes(graph.items):
        for param in node.own_params:
            if excludes(entry, name=param.name, op=node.op.label, path=""):
                return True
    if not set(entry) & set(".*"):
        return False
    return any(
        excludes(entry, name=param.name, op="", path=f"{node.name}.{param.name}")
        for node in graph.walk()
        for param in node.own_params
    )


def _deviations(spec: Spec, problems: Problems) -> None:
    node = spec.written("deviations")
    for index, name in enumerate(spec.deviations):
        if name not in DEVIATIONS:
            near = closest(name, DEVIATIONS)
            hint = f"did you mean {near!r}?" if near else ""
            hint = hint or f"those that can: {', '.join(DEVIATIONS)}"
            message = f"{show(name)} cannot be declared a deviation"
            where = node.items[index] if isinstance(node, Sequence) else node
            problems.add("unknown-deviation", message, where, hint)


def _symbols(value: Value) -> set[str]:
    return {name for dim in value.type.shape for name in symbols(dim)}


def _sizes(graph: Graph, spec: Spec, problems: Problems) -> None:
    """The named dimensions have a size at which every value has elements."""
    if not graph.bounds or problems:
        return
    dims: list[Dim] = [
        dim
        for value in graph.typed()
        for dim in value.type.shape
        if not isinstance(dim, int)
    ]
    most = max(MOST_TRIED, *(2 * bounds.least for bounds in graph.bounds.values()))
    if dims and least_legal(dims, graph.bounds, most) is None:
        names = ", ".join(graph.bounds)
        message = f"at no legal size of {names} has every layer an output"
        where = spec.written("dims") or next(iter(graph.inputs.values())).at
        problems.add("shape-mismatch", message, where)
