"""What a whole graph must satisfy: nothing unused, sizes that can be, known names."""

from __future__ import annotations

from specgraph.diagnostics import Problems, closest
from specgraph.ir.graph import Graph, Node, Value
from specgraph.ops.dims import Dim, symbols
from specgraph.ops.sizes import least_legal
from specgraph.spec.schema import DEVIATIONS, Spec
from specgraph.spec.source import Mapping
from specgraph.training.optimizers import excludes


def check_graph(graph: Graph, spec: Spec, problems: Problems) -> None:
    """Records what is wrong with a graph as a whole."""
    _unused(graph, problems)
    _sizes(graph, problems)
    _joined_names(graph, problems)
    _unwritten_layouts(graph, problems)
    _exclusions(graph, spec, problems)
    _deviations(spec, problems)
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


def _joined_names(graph: Graph, problems: Problems) -> None:
    """Keras joins paths by `_`: two layers must not become one name."""
    seen: dict[str, Node] = {}
    for node in graph.walk():
        first = seen.setdefault("_".join(node.path), node)
        if first is not node:
            where = node.written.at if node.written else node.at
            problems.add(
                "duplicate-name",
                f"`{node.name}` and `{first.name}` are both `{'_'.join(node.path)}` in "
                "Keras",
                where,
                f"rename one; the other is on line {first.at.line}",
            )


def _unwritten_layouts(graph: Graph, problems: Problems) -> None:
    """An input of two dimensions does not say which of them are the channels."""
    if graph.layout != "channels_first":
        return
    bare = {
        entry.value: entry
        for entry in graph.inputs.values()
        if len(entry.value.type.shape) == 2 and not entry.layout_written
    }
    for node in graph.walk():
        for value in node.inputs:
            if value in bare and node.op.order == "spatial":
                entry = bare.pop(value)
                problems.add(
                    "missing-layout",
                    f"`{node.name}` takes the channels of input `{entry.name}`, which "
                    "does not say where they are",
                    entry.at,
                    "write `layout: channels_first` ([channels, length]), "
                    "`channels_last` or `none` (channels last) at the input",
                )


def _exclusions(graph: Graph, spec: Spec, problems: Problems) -> None:
    if graph.training is None:
        return
    for entry in getattr(graph.training.optimizer, "exclude", ()):
        matched = any(
            excludes(
                entry,
                role=param.name,
                op=node.op.label,
                path=f"{node.name}.{param.name}",
            )
            for node in graph.walk()
            for param in node.params
        )
        if not matched:
            problems.add(
                "unused",
                f"`exclude`: no weight matches {entry!r}",
                spec.train,
                "an entry is a weight's name (bias), an op (layer_norm) or a path",
            )


def _deviations(spec: Spec, problems: Problems) -> None:
    for name in spec.deviations:
        if name not in DEVIATIONS:
            near = closest(name, DEVIATIONS)
            hint = f"did you mean {near!r}?" if near else ""
            hint = hint or f"those that can: {', '.join(DEVIATIONS)}"
            root = spec.document.root
            fields = root.items if isinstance(root, Mapping) else {}
            message = f"{name!r} cannot be declared a deviation"
            problems.add("unknown-deviation", message, fields.get("deviations"), hint)


def _symbols(value: Value) -> set[str]:
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
