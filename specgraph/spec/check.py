"""YAML to `Spec`: every key is known, every value has its type, all problems at once."""

from __future__ import annotations

from collections.abc import Mapping as AbcMapping
from typing import Any, get_args

from specgraph.definition import Semantics, show
from specgraph.diagnostics import Problems, closest
from specgraph.ops.base import DType, Layout
from specgraph.ops.dims import MAX_SIZE
from specgraph.ops.sizes import Bounds
from specgraph.spec import schema
from specgraph.spec.evaluate import Evaluator, Unreadable
from specgraph.spec.include import Includes
from specgraph.spec.names import dimension_problem, model_problem, name_problem
from specgraph.spec.params import Variants, read_params
from specgraph.spec.schema import Input, Spec
from specgraph.spec.source import Document, Mapping, Node, Scalar, Sequence

DTYPES: tuple[str, ...] = get_args(DType)
LAYOUTS: tuple[str, ...] = get_args(Layout)
SEMANTICS: tuple[str, ...] = get_args(Semantics)
INPUT_KEYS = ("shape", "dtype", "layout", "range")
BOUND_KEYS = ("min", "max", "multiple_of")
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
    variant: str = "",
) -> Spec | None:
    """The spec that a document holds, `overrides` set over `params` of a variant.

    Every problem that does not need the shapes is recorded; what could be read in
    spite of them is there, so that the rest can be looked at too.
    """
    root = document.root
    if not isinstance(root, Mapping):
        message = f"a spec is a mapping, got {show(root.plain())}"
        hint = "it starts with `specgraph: 1` and a `name`"
        problems.add("wrong-type", message, root, hint)
        return None
    params = _mapping(root.items.get("params"), "params", problems)
    written = _mapping(root.items.get("variants"), "variants", problems)
    variants = Variants(written, variant, problems)
    evaluator = read_params(params, overrides or {}, problems, variants)
    return _Reader(document, root, evaluator).spec(variants)


class _Reader:
    def __init__(self, document: Document, root: Mapping, evaluator: Evaluator) -> None:
        self.document = document
        self.root = root
        self.evaluator = evaluator
        self.problems = evaluator.problems
        node = _mapping(root.items.get("blocks"), "blocks", self.problems)
        includes = Includes(document, self.problems)
        self.blocks = includes.join(document, node, evaluator.names)
        self.layers = includes.reader(self.blocks)

    def spec(self, variants: Variants) -> Spec:
        fields = self.root.items
        self._keys(self.root, schema.FIELDS, "unknown key `{}`", SPELLINGS)
        self._version()
        semantics = self._choice(fields.get("semantics"), SEMANTICS, "keras")
        default = "channels_first" if semantics == "torch" else "channels_last"
        values: dict[str, Any] = {
            "document": self.document,
            "name": self._name(),
            "description": self._text(fields.get("description")),
            "semantics": semantics,
            "layout": self._choice(fields.get("layout"), LAYOUTS[:2], default),
            "params": self.evaluator.names,
            "variant": variants.chosen,
            "variants": variants.names,
            "defaults": self._defaults(fields.get("defaults")),
            "dims": self._dims(fields.get("dims")),
            "inputs": self._inputs(fields.get("inputs")),
            "blocks": self.blocks,
            "layers": self.layers.sequence(fields.get("layers"), self.root, "layers"),
            "outputs": self.layers.outputs(fields.get("outputs")),
            "train": _mapping(fields.get("train"), "train", self.problems),
            "deviations": self._strings(fields.get("deviations"), "deviations"),
        }
        return Spec.model_construct(**values)

    def _keys(
        self,
        node: Mapping,
        known: tuple[str, ...],
        message: str,
        spellings: AbcMapping[str, str] | None = None,
    ) -> None:
        for key, at in node.keys.items():
            if key in known:
                continue
            near = closest(key, known, spellings or {})
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
            self.problems.add("unknown-key", message.format(key), at, hint)

    def _version(self) -> None:
        node = self.root.items.get("specgraph")
        if node is None:
            message, hint = "`specgraph` is missing", "write `specgraph: 1`"
            self.problems.add("missing-key", message, self.root, hint)
        elif not isinstance(node, Scalar) or type(node.value) is not int:
            message = f"specgraph is the language's version, got {show(node.plain())}"
            self.problems.add("wrong-type", message, node, "write `specgraph: 1`")
        elif node.value != 1:
            message = f"there is no version {node.value} of the language"
            hint = "this version of specgraph reads `specgraph: 1`"
            self.problems.add("bad-value", message, node, hint)

    def _name(self) -> str:
        node = self.root.items.get("name")
        if node is None:
            message, hint = "`name` is missing", "write `name: my_model`"
            self.problems.add("missing-key", message, self.root, hint)
            return ""
        text = node.value if isinstance(node, Scalar) else None
        if not isinstance(text, str):
            message = f"the model's name must be a string, got {show(node.plain())}"
            self.problems.add("wrong-type", message, node)
            return ""
        self._named("the model", text, node, model_problem(text))
        return text

    def _named(self, what: str, name: str, at: Node, why: str | None) -> None:
        if why:
            message = f"{what} cannot be called {show(name)}: {why}"
            self.problems.add("reserved-name", message, at)

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
        try:
            value = self.evaluator.value(node)
        except Unreadable:
            return default
        if isinstance(value, str) and value in choices:
            return value
        near = closest(value, choices) if isinstance(value, str) else None
        self.problems.add(
            "bad-value",
            f"expected {' or '.join(choices)}, got {show(value)}",
            node,
            f"did you mean `{near}`?" if near else "",
        )
        return default

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

    def _defaults(self, node: Node | None) -> dict[str, Mapping]:
        mapping = _mapping(node, "defaults", self.problems)
        found = {}
        for name, value in mapping.items.items() if mapping else ():
            inner = _mapping(value, f"defaults.{name}", self.problems)
            if inner is not None:
                found[name] = inner
        return found

    def _dims(self, node: Node | None) -> dict[str, Bounds]:
        mapping = _mapping(node, "dims", self.problems)
        found = {}
        for name, value in mapping.items.items() if mapping else ():
            assert mapping is not None
            self._named(
                "a dimension", name, mapping.keys[name], dimension_problem(name)
            )
            inner = _mapping(value, f"dims.{name}", self.problems)
            bounds = self._bounds(inner) if inner is not None else None
            if bounds is not None:
                found[name] = bounds
        return found

    def _bounds(self, node: Mapping) -> Bounds | None:
        """What a `dims` entry says; None where a problem has been recorded."""
        before = len(self.problems)
        self._keys(node, BOUND_KEYS, "a dimension has no `{}`")
        given = {
            key: self._size(key, node.items[key])
            for key in BOUND_KEYS
            if key in node.items
        }
        if len(self.problems) > before:
            return None
        least, most = given.get("min", 1), given.get("max")
        step = given.get("multiple_of", 1)
        if most is None or -(-least // step) * step <= most:
            return Bounds(least, most, step)
        message = f"no size lies between {least} and {most}"
        if least <= most:
            message = f"no multiple of {step} lies between {least} and {most}"
        self.problems.add("bad-value", message, node)
        return None

    def _size(self, key: str, node: Node) -> int:
        try:
            value = self.evaluator.value(node)
        except Unreadable:
            return 1
        if type(value) is int and 1 <= value < MAX_SIZE:
            return value
        message = f"`{key}` must be an integer from 1 to 2^31 - 1, got {show(value)}"
        self.problems.add("bad-value", message, node)
        return 1

    def _inputs(self, node: Node | None) -> tuple[Input, ...]:
        hint = "write `inputs: {image: [28, 28, 1]}`"
        mapping = _mapping(node, "inputs", self.problems, hint)
        if mapping is None or not mapping.items:
            if node is None or mapping is not None:
                message = "the model has no `inputs`"
                self.problems.add("missing-key", message, node or self.root, hint)
            return ()
        return tuple(
            self._input(name, mapping.keys[name], value)
            for name, value in mapping.items.items()
        )

    def _input(self, name: str, key: Node, node: Node) -> Input:
        self._named("an input", name, key, name_problem(name))
        if not isinstance(node, Mapping):
            return Input(name, node, "float32", None, None, key)
        self._keys(node, INPUT_KEYS, "an input has no `{}`")
        fields = node.items
        if "shape" not in fields:
            message = f"input {name} has no `shape`"
            self.problems.add("missing-key", message, key)
        layout: Any = None
        if "layout" in fields:
            layout = self._choice(fields["layout"], LAYOUTS, "none")
        dtype: Any = self._choice(fields.get("dtype"), DTYPES, "float32")
        return Input(name, fields.get("shape"), dtype, layout, fields.get("range"), key)


def _mapping(
    node: Node | None, key: str, problems: Problems, hint: str = ""
) -> Mapping | None:
    if node is None or isinstance(node, Mapping):
        return node
    message = f"`{key}` must be a mapping, got {show(node.plain())}"
    problems.add("wrong-type", message, node, hint)
    return None
