"""The resolved spec as YAML: nothing left open, hierarchy and expressions kept."""

from __future__ import annotations

from collections.abc import Mapping as AbcMapping
from typing import Any

from specgraph.definition import Definition, Family, plain_form
from specgraph.diagnostics import Problems
from specgraph.ir.graph import Graph, Input, Node
from specgraph.ops.sizes import Bounds
from specgraph.spec.dump import dump
from specgraph.spec.evaluate import (
    Evaluator,
    as_tuples,
    escaped,
    has_expression,
)
from specgraph.spec.schema import Layer, Reference, Sources, Spec
from specgraph.spec.source import Mapping, Sequence
from specgraph.spec.source import Node as YamlNode
from specgraph.training.config import Training
from specgraph.training.losses import LOSSES
from specgraph.training.metrics import METRICS


def resolved_text(spec: Spec, graph: Graph) -> str:
    """The spec with every attribute written; it means the same under any semantics."""
    return dump(resolved(spec, graph))


def resolved(spec: Spec, graph: Graph) -> dict[str, object]:
    """The same as plain data."""
    data: dict[str, object] = {"specgraph": 1, "name": spec.name}
    if spec.description:
        data["description"] = spec.description
    data["layout"] = spec.layout
    if spec.params:
        data["params"] = _params(spec)
    if graph.bounds:
        data["dims"] = {
            name: _bounds(bounds, spec.written("dims", name))
            for name, bounds in graph.bounds.items()
        }
    data["inputs"] = {
        name: _input(entry, spec.written("inputs", name))
        for name, entry in graph.inputs.items()
    }
    layers = _Layers(spec, graph)
    data["layers"] = [layers.layer(layer) for layer in spec.layers]
    if spec.outputs is not None:
        data["outputs"] = {o.name: _reference(o.reference) for o in spec.outputs}
    if graph.training is not None:
        data["train"] = _training(graph.training, spec.train)
    if spec.deviations:
        data["deviations"] = list(spec.deviations)
    return data


def _params(spec: Spec) -> dict[str, object]:
    """Parameters as written, unless another value was set in their place."""
    evaluator = Evaluator(spec.params, Problems())
    found = {}
    for name, value in spec.params.items():
        node = spec.written("params", name)
        assert node is not None
        same = evaluator.value(node) == as_tuples(value)
        found[name] = _kept(value, node if same else None)
    return found


def _bounds(bounds: Bounds, node: YamlNode | None) -> dict[str, object]:
    found: dict[str, object] = {"min": _kept(bounds.min, _at(node, "min"))}
    if bounds.max is not None:
        found["max"] = _kept(bounds.max, _at(node, "max"))
    if bounds.multiple_of > 1:
        found["multiple_of"] = _kept(bounds.multiple_of, _at(node, "multiple_of"))
    return found


def _input(entry: Input, node: YamlNode | None) -> dict[str, object]:
    type_ = entry.value.type
    written = node if isinstance(node, Mapping) else None
    shape = _at(written, "shape") if written is not None else node
    sizes = [dim if isinstance(dim, int) else str(dim) for dim in type_.shape]
    found: dict[str, object] = {
        "shape": _kept(sizes, shape),
        "dtype": _kept(type_.dtype, _at(written, "dtype")),
        "layout": _kept(entry.layout, _at(written, "layout")),
    }
    if entry.range is not None:
        found["range"] = _kept(entry.range, _at(written, "range"))
    return found


class _Layers:
    """Writes layers with all attributes of their nodes."""

    def __init__(self, spec: Spec, graph: Graph) -> None:
        self.defaults = spec.defaults
        self.nodes = {id(node.written): node for node in graph.walk()}

    def layer(self, layer: Layer) -> object:
        """One layer, in the shortest of its forms."""
        found: dict[str, object] = {}
        if layer.form == "group":
            found["layers"] = [self.layer(one) for one in layer.layers]
        elif layer.form == "branches":
            found["branches"] = {
                name: [self.layer(one) for one in layers]
                for name, layers in layer.branches
            }
            if layer.merge is not None:
                found["merge"] = self._call(layer.merge, self.nodes[id(layer)])
        else:
            call = self._call(layer, self.nodes[id(layer)])
            found = {call: None} if isinstance(call, str) else dict(call)
        if layer.name is not None:
            found["name"] = layer.name
        if layer.sources is not None:
            found["from"] = _sources(layer.sources)
        at = layer.trainable_at
        if at is not None and (not layer.trainable or has_expression(at)):
            found["trainable"] = _kept(layer.trainable, at)
        return layer.call if found == {layer.call: None} else found

    def _call(self, layer: Layer, node: Node) -> str | dict[str, object]:
        attributes = _attributes(node.op, layer.argument)
        if self.defaults:
            for name in attributes.keys() - _written(node.op, layer.argument).keys():
                default = self._default(node.op.label, name)
                attributes[name] = _kept(getattr(node.op, name), default)
        return {layer.call: attributes} if attributes else layer.call

    def _default(self, label: str, name: str) -> YamlNode | None:
        """The node of an attribute's default in the spec, if it has one."""
        for entry in (label, "all"):
            if entry in self.defaults and name in self.defaults[entry].items:
                return self.defaults[entry].items[name]
        return None


def _written(definition: Definition, node: YamlNode | None) -> dict[str, YamlNode]:
    """The attributes of a call that stand in the spec."""
    if node is None:
        return {}
    if isinstance(node, Mapping) and not definition.leading_takes(node.plain()):
        return node.items
    return {definition.leading: node} if definition.leading else {}


def _attributes(definition: Definition, node: YamlNode | None) -> dict[str, object]:
    written = _written(definition, node) if node and has_expression(node) else {}
    return {
        name: _kept(value, written.get(name))
        for name, value in definition.attributes().items()
    }


def _kept(value: object, node: YamlNode | None) -> object:
    """A value as YAML holds it, with the expressions that it was written with."""
    if node is None or not has_expression(node):
        return _escaped(plain_form(value))
    if isinstance(value, Definition):
        if isinstance(node, Mapping):
            attributes = _attributes(value, next(iter(node.items.values())))
            return {value.label: attributes} if attributes else value.label
        return plain_form(value) if value.attributes() else node.plain()
    if isinstance(value, tuple) and any(isinstance(v, Definition) for v in value):
        nodes = node.items if isinstance(node, Sequence) else [node]
        if len(nodes) != len(value):
            return plain_form(value)
        return [_kept(*pair) for pair in zip(value, nodes, strict=True)]
    return node.plain()


def _escaped(value: object) -> object:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {name: _escaped(item) for name, item in value.items()}
    return value


def _reference(reference: Reference) -> str:
    if reference.output is None:
        return reference.name
    return f"{reference.name}.{reference.output}"


def _sources(sources: Sources) -> object:
    if sources.positional is not None:
        return _one_or_more(sources.positional)
    return {port: _one_or_more(found) for port, found in sources.named.items()}


def _one_or_more(references: tuple[Reference, ...]) -> object:
    found = [_reference(reference) for reference in references]
    return found[0] if len(found) == 1 else found


def _training(training: Training, node: YamlNode | None) -> dict[str, object]:
    """The `train` section in full."""

    def by_output(
        key: str, table: AbcMapping[str, Any], family: Family[Any] | None = None
    ) -> object:
        written = _at(node, key)
        if len(table) > 1:
            return {n: _kept(value, _at(written, n)) for n, value in table.items()}
        ((name, value),) = table.items()
        named = None if family is not None and name in family else _at(written, name)
        return _kept(value, named or written)

    return {
        "optimizer": _kept(training.optimizer, _at(node, "optimizer")),
        "loss": by_output("loss", training.losses, LOSSES),
        "loss_weights": by_output("loss_weights", training.loss_weights),
        "metrics": by_output("metrics", training.metrics, METRICS),
        "batch_size": _kept(training.batch_size, _at(node, "batch_size")),
        "epochs": _kept(training.epochs, _at(node, "epochs")),
    }


def _at(node: YamlNode | None, key: str) -> YamlNode | None:
    return node.items.get(key) if isinstance(node, Mapping) else None
