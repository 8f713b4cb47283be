"""The resolved spec as YAML: nothing left open, hierarchy and expressions kept."""

from __future__ import annotations

from collections.abc import Mapping as AbcMapping
from typing import Any

from specgraph.definition import Definition, Family, plain_form
from specgraph.diagnostics import Problems
from specgraph.ir.graph import Graph, Input, distinct_nodes
from specgraph.ir.inline import inlined
from specgraph.ir.sharing import OWN
from specgraph.ops.base import Op
from specgraph.ops.sizes import Bounds
from specgraph.spec.blocks import calls
from specgraph.spec.dump import dump
from specgraph.spec.evaluate import (
    Evaluator,
    as_tuples,
    escaped,
    has_expression,
)
from specgraph.spec.schema import Block, BlockParam, Layer, Reference, Sources, Spec
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
    blocks = layers.used_blocks(spec)
    if blocks:
        data["blocks"] = blocks
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
        self.ops: dict[int, list[Op]] = {}
        self.blocks: dict[str, Block] = {}
        for node in distinct_nodes(graph.items):
            self.ops.setdefault(id(node.written), []).append(node.op)

    def used_blocks(self, spec: Spec) -> dict[str, object]:
        """The blocks that some layer calls, in the order they are written."""
        self._note(spec.layers)
        return {
            name: self._block(block, spec)
            for name, block in spec.blocks.items()
            if self.blocks.get(name) is block
        }

    def _note(self, layers: tuple[Layer, ...]) -> None:
        for layer in calls(layers):
            block = layer.block
            if block is not None and block.name not in self.blocks:
                self.blocks[block.name] = block
                self._note(block.layers)

    def _block(self, block: Block, spec: Spec) -> dict[str, object]:
        found: dict[str, object] = {}
        if block.params:
            found["params"] = {param.name: _param(param) for param in block.params}
        found["inputs"] = list(block.inputs)
        found["layers"] = [self.layer(layer) for layer in block.layers]
        if block.outputs is not None:
            found["outputs"] = {o.name: _reference(o.reference) for o in block.outputs}
        return found if block.names is spec.params else inlined(found, block.names)

    def layer(self, layer: Layer) -> object:
        """One layer, in the shortest of its forms."""
        found: dict[str, object] = {}
        layers = [self.layer(one) for one in layer.layers]
        if layer.form == "group":
            found["layers"] = layers
        elif layer.form == "for":
            found |= {"for": _plain(dict(layer.loops)), "layers": layers}
        elif layer.form == "branches":
            found["branches"] = {
                name: [self.layer(one) for one in inner]
                for name, inner in layer.branches
            }
            if layer.loops:
                inner = {"for": _plain(dict(layer.loops)), "layers": layers}
                found["branches"] = inner
            if layer.merge is not None:
                found["merge"] = self._call(layer.merge, self.ops.get(id(layer), []))
        else:
            call = self._call(layer, self.ops.get(id(layer), []))
            found = {call: None} if isinstance(call, str) else dict(call)
        found |= self._modifiers(layer)
        return layer.call if found == {layer.call: None} else found

    def _modifiers(self, layer: Layer) -> dict[str, object]:
        found: dict[str, object] = {}
        if layer.name is not None:
            found["name"] = layer.name
        if layer.sources is not None:
            found["from"] = _sources(layer.sources)
        if layer.repeat is not None:
            times = layer.repeat.times.plain()
            counter = layer.repeat.counter
            found["repeat"] = {"times": times, "as": counter} if counter else times
        if layer.when is not None:
            found["when"] = layer.when.plain()
        at = layer.trainable
        if at is not None and at.plain() is not True:
            found["trainable"] = at.plain()
        for key, node in (("share", layer.share), ("tie", layer.tie)):
            if node is not None:
                found[key] = node.plain()
        return found

    def _call(self, layer: Layer, ops: list[Op]) -> str | dict[str, object]:
        if layer.share is not None:  # what is left out is said at the other layer
            if layer.argument is None:
                return layer.call
            return {layer.call: layer.argument.plain()}
        if layer.block is not None:
            given = _passed(layer.block, layer)
            return {layer.call: given} if given else layer.call
        if not ops:  # nothing ever runs it: it stays as it was written
            if layer.argument is None:
                return layer.call
            return {layer.call: layer.argument.plain()}
        first = ops[0]
        attributes = _attributes(first, layer.argument)
        for name in layer.tie.items if layer.tie is not None else ():
            for word in OWN:
                attributes.pop(f"{name}_{word}", None)
        written = _written(first, layer.argument)
        for name in attributes.keys() - written.keys():
            if any(getattr(op, name, None) != getattr(first, name) for op in ops):
                del attributes[name]  # it follows from the input, whatever that is
            elif self.defaults:
                default = self._default(first.label, name)
                attributes[name] = _kept(getattr(first, name), default)
        return {layer.call: attributes} if attributes else layer.call

    def _default(self, label: str, name: str) -> YamlNode | None:
        """The node of an attribute's default in the spec, if it has one."""
        for entry in (label, "all"):
            if entry in self.defaults and name in self.defaults[entry].items:
                return self.defaults[entry].items[name]
        return None


def _param(param: BlockParam) -> object:
    found: dict[str, object] = {"type": param.type}
    if param.default is not None:
        found["default"] = param.default.plain()
    if param.choices is not None:
        found["choices"] = param.choices.plain()
    return found


def _passed(block: Block, layer: Layer) -> dict[str, object]:
    """What a call passes for each parameter, its default where it says nothing.

    A default that is computed stays in the block, whose names it is computed from.
    """
    node = layer.argument
    given: dict[str, YamlNode] = {}
    if isinstance(node, Mapping):
        given = node.items
    elif node is not None:
        given = {block.params[0].name: node}
    found: dict[str, object] = {}
    for param in block.params:
        source = given.get(param.name)
        if source is None and param.default and not has_expression(param.default):
            source = param.default
        if source is not None:
            found[param.name] = source.plain()
    return found


def _plain(nodes: AbcMapping[str, YamlNode]) -> dict[str, object]:
    return {name: node.plain() for name, node in nodes.items()}


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
        if value is not None or name in written or not name.endswith(_SILENT)
    }


_SILENT = "_constraint"
"""The end of attributes of which a text says nothing where there is nothing to say."""


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
    parts = [reference.name, reference.output, "all" if reference.every else None]
    return ".".join(part for part in parts if part is not None)


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
