"""A graph as lines of text and as plain data, for people and tools that look inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specgraph.definition import plain_form
from specgraph.ir.graph import Call, Graph, Group, Item, Loop, Node, Owner, Skip, Value
from specgraph.ops.dims import to_json
from specgraph.spec.dump import scalar

MOST_NESTED = 1_000


def graph_text(graph: Graph, depth: int | None = None) -> str:
    """One line a value, in the order they run; what stands in something is indented.

    With a `depth`, that many groups, loops and calls inside each other are opened.
    """
    lines = [f"model {graph.name}"]
    for name, entry in graph.inputs.items():
        lines.append(f"  input {name}: {_type(entry.value)}")
    _items(graph.items, "  ", lines, MOST_NESTED if depth is None else depth)
    for name, value in graph.outputs.items():
        lines.append(f"  output {name} = {value.name}")
    for name, value in graph.logits.items():
        lines.append(f"  logits {name} = {value.name}")
    return "\n".join(lines) + "\n"


def graph_data(graph: Graph) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "name": graph.name,
        "digest": graph.digest,
        "inputs": {
            name: _value_data(entry.value) for name, entry in graph.inputs.items()
        },
        "nodes": [_node_data(node) for node in graph.walk()],
        "outputs": {name: value.name for name, value in graph.outputs.items()},
        "logits": {name: value.name for name, value in graph.logits.items()},
    }


def _items(items: Sequence[Item], indent: str, lines: list[str], deep: int) -> None:
    for item in items:
        if isinstance(item, Group):
            lines.append(f"{indent}group {'.'.join(item.path)}")
            if deep > 0:
                _items(item.items, indent + "  ", lines, deep - 1)
        elif isinstance(item, Loop):
            times = sum(call.times for call in item.calls)
            word = "iteration" if times == 1 else "iterations"
            path = ".".join(item.path)
            lines.append(f"{indent}{item.kind} {path}  # {times} {word}")
            for call in item.calls if deep > 0 else ():
                _call(call, indent + "  ", lines, deep - 1)
        elif isinstance(item, Call):
            _call(item, indent, lines, deep)
        elif isinstance(item, Skip):
            lines.append(f"{indent}{'.'.join(item.path)} left out")
        else:
            lines.append(f"{indent}{_node(item)}")


def _call(call: Call, indent: str, lines: list[str], deep: int) -> None:
    body = call.body
    given = ", ".join(f"{n}={flow(plain_form(v))}" for n, v in call.arguments.items())
    made = ", ".join(f"{v.name}: {_type(v)}" for v in call.outputs.values())
    what = body.block.name if body.block is not None else "iteration"
    taken = ", ".join(value.name for value in call.inputs)
    times = f" × {call.times}" if call.times > 1 else ""
    path = ".".join(call.path)
    shared = _shared(call)
    line = f"{indent}{path}{times}: {made} = {what}[{given}]({taken}){shared}"
    lines.append(f"{line}  # line {call.at.line}")
    if deep > 0:
        _items(body.items, indent + "  ", lines, deep - 1)


def _node(node: Node) -> str:
    made = ", ".join(f"{value.name}: {_type(value)}" for value in node.outputs.values())
    taken = [
        f"{port}={value.name}"
        for port, values in node.inputs.ports().items()
        for value in values
    ]
    if len(node.inputs.ports()) < 2:
        taken = [value.name for value in node.inputs]
    set_ = [
        f"{name}: {flow(plain_form(value))}"
        for name, value in node.op.attributes().items()
    ]
    attributes = f" {{{', '.join(set_)}}}" if set_ else ""
    frozen = "" if node.trainable else " frozen"
    line = f"  # line {node.at.line}"
    words = f"{_shared(node)}{frozen}"
    return f"{made} = {node.op.label}({', '.join(taken)}){attributes}{words}{line}"


def _shared(item: Node | Call) -> str:
    """Whose weights a layer or call has, where they are not its own."""
    words = []
    if item.owner is not None:
        words.append(f" shares {_outside(item.owner)}")
    for name, tie in item.ties.items() if isinstance(item, Node) else ():
        turned = " transposed" if tie.axes else ""
        words.append(f" ties {name} to {_outside(tie.owner)}.{tie.weight}{turned}")
    return "".join(words)


def _outside(owner: Owner) -> str:
    """A path from the body that it is said in; `^` for each body further out."""
    return "^" * owner.up + ".".join(owner.path)


def flow(value: object) -> str:
    """Plain data on one line, as YAML holds it."""
    if isinstance(value, dict):
        inner = (f"{name}: {flow(item)}" for name, item in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list):
        return f"[{', '.join(flow(item) for item in value)}]"
    return scalar(value)


def _type(value: Value) -> str:
    layout = "" if value.type.layout == "none" else f" {value.type.layout}"
    return f"{value.type.dtype} {value.type}{layout}"


def _node_data(node: Node) -> dict[str, Any]:
    return {
        "path": node.name,
        "op": node.op.label,
        "attributes": plain_form(node.op.attributes()),
        "inputs": {
            port: [value.name for value in values]
            for port, values in node.inputs.ports().items()
        },
        "outputs": {
            name: {"value": value.name, **_value_data(value)}
            for name, value in node.outputs.items()
        },
        "weights": {param.name: list(param.shape) for param in node.params},
        **_others(node),
        "trainable": node.trainable,
        "at": str(node.at),
    }


def _others(node: Node) -> dict[str, Any]:
    """Where the weights are that are not a node's own."""
    found: dict[str, Any] = {}
    if node.owner is not None:
        found["shares"] = ".".join(node.owner.path)
    if node.ties and node.owner is None:
        found["ties"] = {
            name: {"weight": node.weight(name), "transposed": bool(tie.axes)}
            for name, tie in node.ties.items()
        }
    return found


def _value_data(value: Value) -> dict[str, Any]:
    return {
        "shape": [to_json(dim) for dim in value.type.shape],
        "dtype": value.type.dtype,
        "layout": value.type.layout,
    }
