"""The resolved spec as YAML: nothing left open, hierarchy and expressions kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as AbcMapping

from specgraph.definition import plain_form
from specgraph.ir.graph import Graph, Node
from specgraph.spec.schema import Layer, Reference, Sources, Spec
from specgraph.spec.source import Mapping, Scalar, Sequence
from specgraph.spec.source import Node as YamlNode

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./]*\Z")
WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
WIDTH = 100


def resolved_text(spec: Spec, graph: Graph) -> str:
    """The spec with every attribute written; parsing it gives the same graph."""
    return dump(resolved(spec, graph))


def resolved(spec: Spec, graph: Graph) -> dict[str, object]:
    """The same as plain data."""
    nodes = {id(node.written): node for node in graph.walk()}
    data: dict[str, object] = {"specgraph": 1, "name": spec.name}
    if spec.description:
        data["description"] = spec.description
    data["layout"] = spec.layout
    if spec.params:
        data["params"] = dict(spec.params)
    if graph.bounds:
        data["dims"] = {
            name: {
                "min": bound.min,
                **({"max": bound.max} if bound.max is not None else {}),
                **({"multiple_of": bound.multiple_of} if bound.multiple_of > 1 else {}),
            }
            for name, bound in graph.bounds.items()
        }
    data["inputs"] = {
        name: {
            "shape": [d if isinstance(d, int) else str(d) for d in e.value.type.shape],
            "dtype": e.value.type.dtype,
            "layout": e.layout,
            **({"range": list(e.range)} if e.range is not None else {}),
        }
        for name, e in graph.inputs.items()
    }
    data["layers"] = [_layer(layer, nodes) for layer in spec.layers]
    if spec.outputs is not None:
        data["outputs"] = {name: _reference(ref) for name, ref in spec.outputs}
    if graph.training is not None:
        data["train"] = graph.training.resolved()
    if spec.deviations:
        data["deviations"] = list(spec.deviations)
    return data


def _layer(layer: Layer, nodes: dict[int, Node]) -> object:
    found: dict[str, object] = {}
    if layer.form == "group":
        found["layers"] = [_layer(one, nodes) for one in layer.layers]
    elif layer.form == "branches":
        found["branches"] = {
            name: [_layer(one, nodes) for one in layers]
            for name, layers in layer.branches
        }
        if layer.merge is not None:
            found["merge"] = _call(layer.merge, nodes[id(layer)])
    else:
        call = _call(layer, nodes[id(layer)])
        if isinstance(call, str) and layer.name is None and layer.sources is None:
            return call if layer.trainable else {call: None, "trainable": False}
        found = {call: None} if isinstance(call, str) else dict(call)
    if layer.name is not None:
        found["name"] = layer.name
    if layer.sources is not None:
        found["from"] = _sources(layer.sources)
    if not layer.trainable:
        found["trainable"] = False
    return found


def _call(layer: Layer, node: Node) -> str | dict[str, object]:
    attributes = {
        name: plain_form(value) for name, value in node.op.attributes().items()
    }
    if not attributes:
        return layer.call
    written = layer.argument
    if isinstance(written, Mapping):
        for name, value in written.items.items():
            if name in attributes and _has_expression(value):
                attributes[name] = value.plain()
    elif written is not None and _has_expression(written):
        leading = type(node.op).leading
        assert leading is not None
        attributes[leading] = written.plain()
    return {layer.call: attributes}


def _has_expression(node: YamlNode) -> bool:
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, Scalar):
            if isinstance(one.value, str) and "${" in one.value:
                return True
        elif isinstance(one, Sequence):
            stack.extend(one.items)
        else:
            stack.extend(one.items.values())
    return False


def _reference(reference: Reference) -> str:
    if reference.output is None:
        return reference.name
    return f"{reference.name}.{reference.output}"


def _sources(sources: Sources) -> object:
    if sources.positional is not None:
        found = [_reference(ref) for ref in sources.positional]
        return found[0] if len(found) == 1 else found
    named: dict[str, object] = {}
    for port, references in sources.named.items():
        found = [_reference(ref) for ref in references]
        named[port] = found[0] if len(found) == 1 else found
    return named


def dump(data: AbcMapping[str, object]) -> str:
    """Plain data as YAML: block style outside, flow style where it fits a line."""
    lines: list[str] = []
    for key, value in data.items():
        _block(lines, "", f"{scalar(key)}:", value)
    return "\n".join(lines) + "\n"


def _block(lines: list[str], indent: str, lead: str, value: object) -> None:
    """`lead value`, on one line if the value is simple or short."""
    flow = _flow(value)
    nested = isinstance(value, dict | list) and value
    structured = _holds_layers(value)
    if not nested or (not structured and len(indent + lead + flow) + 1 <= WIDTH):
        lines.append(f"{indent}{lead} {flow}")
        return
    lines.append(f"{indent}{lead}")
    if isinstance(value, dict):
        for key, inner in value.items():
            _block(lines, indent + "  ", f"{scalar(key)}:", inner)
        return
    assert isinstance(value, list)
    for inner in value:
        _item(lines, indent + "  ", inner)


def _item(lines: list[str], indent: str, value: object) -> None:
    flow = _flow(value)
    if not isinstance(value, dict) or not value:
        lines.append(f"{indent}- {flow}")
        return
    start = len(lines)
    for key, inner in value.items():
        if inner is None:
            lines.append(f"{indent}  {scalar(key)}:")
        else:
            _block(lines, indent + "  ", f"{scalar(key)}:", inner)
    first = lines[start]
    lines[start] = f"{indent}- {first[len(indent) + 2 :]}"


def _holds_layers(value: object) -> bool:
    """Whether a value is, or maps names to, lists of layers: those are never inline."""
    if isinstance(value, list):
        return any(isinstance(item, dict) for item in value)
    if isinstance(value, dict):
        return any(
            isinstance(item, list) and _holds_layers(item) for item in value.values()
        )
    return False


def _flow(value: object) -> str:
    if isinstance(value, dict):
        inner = (f"{scalar(key)}: {_flow(item)}" for key, item in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return scalar(value)


def scalar(value: object) -> str:
    """A scalar that the language reads back as the same value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if PLAIN.match(text) and text.lower() not in WORDS:
        return text
    return json.dumps(text)
