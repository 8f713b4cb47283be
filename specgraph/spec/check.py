"""YAML to `Spec`: every key is known, every value has its type, all problems at once."""

from __future__ import annotations

from collections.abc import Mapping as AbcMapping
from typing import Any, get_args

from specgraph.definition import Semantics, show
from specgraph.diagnostics import Problems, closest
from specgraph.ops.base import DType, Layout
from specgraph.ops.sizes import Bounds
from specgraph.spec import schema
from specgraph.spec.layers import LayerReader
from specgraph.spec.names import name_problem
from specgraph.spec.schema import Input, Reference, Spec
from specgraph.spec.source import Document, Mapping, Node, Scalar, Sequence

DTYPES: tuple[str, ...] = get_args(DType)
LAYOUTS: tuple[str, ...] = get_args(Layout)
SEMANTICS: tuple[str, ...] = get_args(Semantics)
SPELLINGS = {
    "input": "inputs",
    "output": "outputs",
    "version": "specgraph",
    "model": "name",
    "title": "name",
    "training": "train",
    "network": "layers",
    "parameters": "params",
    "data_format": "layout",
}


def read_document(
    document: Document,
    problems: Problems,
    overrides: AbcMapping[str, object] | None = None,
) -> Spec | None:
    """The spec that a document holds, `overrides` set over `params`.

    Every problem that does not need the shapes is recorded; what could be read in
    spite of them is there, so that the rest can be looked at too.
    """
    return _Reader(document, problems).spec(dict(overrides or {}))


class _Reader:
    def __init__(self, document: Document, problems: Problems) -> None:
        self.document = document
        self.problems = problems

    def spec(self, overrides: dict[str, object]) -> Spec | None:
        root = self.document.root
        if not isinstance(root, Mapping):
            self.problems.add(
                "wrong-type",
                "a spec is a mapping",
                root,
                "it starts with `specgraph: 1` and a `name`",
            )
            return None
        fields = root.items
        self._keys(root)
        self._version(root)
        semantics = self._choice(fields.get("semantics"), SEMANTICS, "keras")
        default = "channels_first" if semantics == "torch" else "channels_last"
        layout = self._choice(fields.get("layout"), LAYOUTS[:2], default)
        name = self._name(root)
        layers = LayerReader(self.problems)
        values: dict[str, Any] = {
            "document": self.document,
            "name": name,
            "description": self._text(fields.get("description")),
            "semantics": semantics,
            "layout": layout,
            "params": self._params(fields.get("params"), overrides),
            "defaults": self._defaults(fields.get("defaults")),
            "dims": self._dims(fields.get("dims")),
            "inputs": self._inputs(root),
            "layers": layers.sequence(fields.get("layers"), root, "layers"),
            "outputs": self._outputs(fields.get("outputs"), layers),
            "train": self._mapping(fields.get("train"), "train"),
            "deviations": self._strings(fields.get("deviations"), "deviations"),
        }
        return Spec.model_construct(**values)

    def _keys(self, root: Mapping) -> None:
        for key, at in root.keys.items():
            if key in schema.LATER:
                self.problems.add(
                    "unsupported",
                    f"`{key}` is not supported by this version of specgraph",
                    at,
                )
            elif key not in schema.FIELDS:
                near = closest(key, schema.FIELDS, SPELLINGS)
                hint = f"did you mean `{near}`?" if near else ""
                hint = hint or f"known keys: {', '.join(schema.FIELDS)}"
                self.problems.add("unknown-key", f"unknown key `{key}`", at, hint)

    def _version(self, root: Mapping) -> None:
        node = root.items.get("specgraph")
        if node is None:
            self.problems.add(
                "missing-key", "`specgraph` is missing", root, "write `specgraph: 1`"
            )
        elif not isinstance(node, Scalar) or node.value != 1 or node.value is True:
            self.problems.add(
                "bad-value",
                f"specgraph is the language version, got {show(node.plain())}",
                node,
                "this version reads `specgraph: 1`",
            )

    def _name(self, root: Mapping) -> str:
        node = root.items.get("name")
        if node is None:
            self.problems.add(
                "missing-key", "`name` is missing", root, "write `name: my_model`"
            )
            return ""
        return self.identifier(node, "the model's name")

    def identifier(self, node: Node, what: str) -> str:
        """A node that must hold a name; records the problem otherwise."""
        text = node.value if isinstance(node, Scalar) else None
        if not isinstance(text, str):
            message = f"{what} must be a string, got {show(node.plain())}"
            self.problems.add("wrong-type", message, node)
            return ""
        self.name(text, node, what)
        return text

    def name(self, text: str, at: Node, what: str) -> None:
        """Records the problem of a name that cannot be given."""
        why = name_problem(text)
        if why:
            self.problems.add(
                "reserved-name", f"{what} cannot be {show(text)}: {why}", at
            )

    def _text(self, node: Node | None) -> str:
        if node is None:
            return ""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value
        message = f"`description` must be a string, got {show(node.plain())}"
        self.problems.add("wrong-type", message, node)
        return ""

    def _choice(self, node: Node | None, choices: tuple[str, ...], default: str) -> str:
        if node is None:
            return default
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str) and value in choices:
            return value
        near = closest(value, choices) if isinstance(value, str) else None
        self.problems.add(
            "bad-value",
            f"expected {' or '.join(choices)}, got {show(node.plain())}",
            node,
            f"did you mean `{near}`?" if near else "",
        )
        return default

    def _mapping(self, node: Node | None, key: str) -> Mapping | None:
        if node is None or isinstance(node, Mapping):
            return node
        message = f"`{key}` must be a mapping, got {show(node.plain())}"
        self.problems.add("wrong-type", message, node)
        return None

    def _strings(self, node: Node | None, key: str) -> tuple[str, ...]:
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else [node]
        found = []
        for item in items:
            if isinstance(item, Scalar) and isinstance(item.value, str):
                found.append(item.value)
            else:
                message = f"`{key}` is a list of names, got {show(item.plain())}"
                self.problems.add("wrong-type", message, item)
        return tuple(found)

    def _params(
        self, node: Node | None, overrides: dict[str, object]
    ) -> dict[str, object]:
        mapping = self._mapping(node, "params")
        params: dict[str, object] = {}
        for name, value in mapping.items.items() if mapping else ():
            assert mapping is not None
            self.name(name, mapping.keys[name], "a parameter")
            params[name] = value.plain()
            if value.plain() is None or isinstance(value, Mapping):
                message = f"parameter {name} must be a number, string, boolean or list"
                self.problems.add("wrong-type", message, value)
        for name, given in overrides.items():
            if name not in params:
                near = closest(name, params)
                hint = f"did you mean {near}?" if near else ""
                hint = hint or f"the spec's parameters: {', '.join(params) or 'none'}"
                message = f"--set {name}: the spec has no such parameter"
                self.problems.add("unknown-parameter", message, None, hint)
            elif not _same_type(params[name], given):
                message = (
                    f"--set {name}: expected {_type(params[name])} like "
                    f"{show(params[name])}, got {show(given)}"
                )
                self.problems.add("wrong-type", message, None)
            else:
                params[name] = given
        return params

    def _defaults(self, node: Node | None) -> dict[str, Mapping]:
        mapping = self._mapping(node, "defaults")
        found = {}
        for name, value in mapping.items.items() if mapping else ():
            inner = self._mapping(value, f"defaults.{name}")
            if inner is not None:
                found[name] = inner
        return found

    def _dims(self, node: Node | None) -> dict[str, Bounds]:
        mapping = self._mapping(node, "dims")
        found = {}
        for name, value in mapping.items.items() if mapping else ():
            assert mapping is not None
            self.name(name, mapping.keys[name], "a dimension")
            inner = self._mapping(value, f"dims.{name}")
            if inner is not None:
                found[name] = self._bounds(inner)
        return found

    def _bounds(self, node: Mapping) -> Bounds:
        given: dict[str, int] = {}
        for key, value in node.items.items():
            number = value.value if isinstance(value, Scalar) else None
            if key not in ("min", "max", "multiple_of"):
                near = closest(key, ("min", "max", "multiple_of"))
                hint = f"did you mean `{near}`?" if near else "min, max or multiple_of"
                message = f"a dimension has no `{key}`"
                self.problems.add("unknown-key", message, node.keys[key], hint)
            elif isinstance(number, bool) or not isinstance(number, int) or number < 1:
                message = (
                    f"`{key}` must be a positive integer, got {show(value.plain())}"
                )
                self.problems.add("bad-value", message, value)
            else:
                given[key] = number
        bounds = Bounds(
            given.get("min", 1), given.get("max"), given.get("multiple_of", 1)
        )
        if bounds.max is not None and not _has_legal_size(bounds):
            message = "no size lies within these bounds"
            self.problems.add("bad-value", message, node)
        return bounds

    def _inputs(self, root: Mapping) -> tuple[Input, ...]:
        node = root.items.get("inputs")
        mapping = self._mapping(node, "inputs")
        if mapping is None or not mapping.items:
            if node is None or mapping is not None:
                self.problems.add(
                    "missing-key",
                    "the model has no `inputs`",
                    node or root,
                    "write `inputs: {image: [28, 28, 1]}`",
                )
            return ()
        return tuple(
            self._input(name, mapping.keys[name], value)
            for name, value in mapping.items.items()
        )

    def _input(self, name: str, key: Node, node: Node) -> Input:
        self.name(name, key, "an input")
        shape, dtype, layout, range_ = node, "float32", None, None
        if isinstance(node, Mapping):
            known = ("shape", "dtype", "layout", "range")
            for word in node.items:
                if word not in known:
                    near = closest(word, known)
                    hint = f"did you mean `{near}`?" if near else ", ".join(known)
                    message = f"an input has no `{word}`"
                    self.problems.add("unknown-key", message, node.keys[word], hint)
            if "shape" not in node.items:
                message = f"input {name} has no `shape`"
                self.problems.add("missing-key", message, node)
            shape = node.items.get("shape", node)
            dtype = self._choice(node.items.get("dtype"), DTYPES, "float32")
            if "layout" in node.items:
                layout = self._choice(node.items["layout"], LAYOUTS, "none")
            range_ = node.items.get("range")
        return Input(name, shape, dtype, layout, range_, key)  # type: ignore[arg-type]

    def _outputs(
        self, node: Node | None, layers: LayerReader
    ) -> tuple[tuple[str, Reference], ...] | None:
        mapping = self._mapping(node, "outputs")
        if node is None or mapping is None:
            return None
        if not mapping.items:
            self.problems.add("bad-value", "`outputs` names no output", mapping)
        found = []
        for name, value in mapping.items.items():
            self.name(name, mapping.keys[name], "an output")
            reference = layers.reference(value)
            if reference is not None:
                found.append((name, reference))
        return tuple(found)


def _has_legal_size(bounds: Bounds) -> bool:
    step = bounds.multiple_of
    least = -(-bounds.min // step) * step
    return bounds.max is None or least <= bounds.max


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a number"
    return "a string" if isinstance(value, str) else "a list"


def _same_type(value: object, given: object) -> bool:
    if isinstance(value, float):
        return isinstance(given, int | float) and not isinstance(given, bool)
    return _type(value) == _type(given)
