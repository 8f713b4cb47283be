"""Everything about one op, gathered from its rooms: meaning, reference, rules, samples."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from specgraph.definition import plain_form
from specgraph.diagnostics import SpecError
from specgraph.documentation import attribute_docs, summary_of
from specgraph.ir.listing import flow
from specgraph.ops.base import Op, Param, Port
from specgraph.plugins import backend_names, find_backend, load_references
from specgraph.samples import sample_graph
from specgraph.schema_calls import attribute_schemas

NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: what may be written, and what holds where nothing is."""

    name: str
    takes: str
    keras: str
    """The default under `semantics: keras`, as YAML; `needed` where there is none."""
    torch: str
    doc: str


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of our code: where it stands and what it says."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Support:
    """How a backend says an op.

    `example` is the model that the first sample becomes, `helpers` are what files carry
    for all samples, `refused` the samples that the backend has no way to say, and why.
    """

    backend: str
    rule: Source | None
    reason: str = ""
    example: str = ""
    helpers: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything about one op."""

    op: type[Op]
    attributes: tuple[Attribute, ...]
    params: tuple[Param, ...]
    """The weights of the first sample that has any."""
    shape_rule: str
    reference: Source | None
    support: tuple[Support, ...]

    @property
    def ports(self) -> tuple[Port, ...]:
        """The op's inputs."""
        return self.op.ports


def entry(op: type[Op]) -> Entry:
    """The entry of an op; the reference is None where NumPy is missing."""
    return Entry(
        op=op,
        attributes=tuple(_attributes(op)),
        params=_params(op),
        shape_rule=inspect.cleandoc(op.infer.__doc__ or ""),
        reference=_reference(op),
        support=tuple(support(op, name) for name in backend_names()),
    )


def support(op: type[Op], backend: str) -> Support:
    """How a backend stands to an op."""
    found = find_backend(backend)
    rule = found.rules.find(op)
    rewrite = found.rules.find_rewrite(op)
    made = rule.rule if rule is not None else rewrite
    if made is None:
        reason = found.rules.reason(op) or "the backend has no rule for it"
        return Support(backend, None, reason)
    return _tried(op, Support(backend, source_of(made)))


def source_of(thing: Callable[..., object]) -> Source | None:
    """The definition of a function, or of the one that it wraps."""
    inner = [cell.cell_contents for cell in getattr(thing, "__closure__", None) or ()]
    wrapped = [one for one in inner if inspect.isfunction(one)]
    target = wrapped[0] if len(wrapped) == 1 else thing
    try:
        lines, first = inspect.getsourcelines(target)
        file = inspect.getsourcefile(target)
    except (OSError, TypeError):
        return None
    text = inspect.cleandoc("\n" + "".join(lines))
    return Source(f"{_short(file or '')}:{first}", text)


def _tried(op: type[Op], known: Support) -> Support:
    """What a backend makes of an op's samples."""
    helpers: dict[str, None] = {}
    refused = []
    example = ""
    backend = find_backend(known.backend)
    for sample in (*op.samples, *backend.rules.refused(op)):
        try:
            plan = backend.plan(sample_graph(op, sample))
        except SpecError as error:
            reasons = dict.fromkeys(problem.message for problem in error.diagnostics)
            refused.append((sample.name, "; ".join(reasons)))
            continue
        helpers |= dict.fromkeys(plan.helpers)
        example = example or _definition(plan.files["model.py"], plan.entry)
    return replace(
        known,
        example=example,
        helpers=tuple(sorted(helpers)),
        refused=tuple(refused),
    )


def _definition(source: str, name: str) -> str:
    """The lines of a class or function of a file."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            lines = source.splitlines()
            return "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return ""


def _attributes(op: type[Op]) -> list[Attribute]:
    docs, schemas = attribute_docs(op), attribute_schemas(op)
    keras, torch = op.semantic_defaults("keras"), op.semantic_defaults("torch")
    found = []
    for name, field in op.model_fields.items():
        plain = NEEDED if field.is_required() else flow(plain_form(field.default))
        found.append(
            Attribute(
                name,
                takes(schemas[name]),
                flow(keras[name]) if name in keras else plain,
                flow(torch[name]) if name in torch else plain,
                docs[name],
            )
        )
    return found


def takes(schema: dict[str, Any]) -> str:
    """What a schema accepts, in words."""
    if "anyOf" in schema:
        parts = [takes(choice) for choice in schema["anyOf"]]
        return " or ".join(part for part in dict.fromkeys(parts) if part)
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return "" if name == "expression" else f"{_article(name)} {name}"
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " or ".join(f"`{flow(value)}`" for value in values)
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        inner = takes(schema.get("items") or {})
        return f"a list of ({inner})" if " or " in inner else f"a list of {inner}"
    return _NAMES.get(kind, kind) + _bounds(schema)


_NAMES = {
    "integer": "int",
    "number": "float",
    "string": "str",
    "boolean": "`true` or `false`",
    "null": "`null`",
    "object": "mapping",
}


def _article(name: str) -> str:
    return "an" if name[0] in "aeiou" else "a"


def _bounds(schema: dict[str, Any]) -> str:
    signs = {
        "minimum": "≥",
        "exclusiveMinimum": ">",
        "maximum": "≤",
        "exclusiveMaximum": "<",
    }
    said = [f"{sign} {schema[key]}" for key, sign in signs.items() if key in schema]
    return f" {', '.join(said)}" if said else ""


def _params(op: type[Op]) -> tuple[Param, ...]:
    for sample in op.samples:
        graph = sample_graph(op, sample)
        for node in graph.walk():
            if node.params:
                return node.params
    return ()


def _reference(op: type[Op]) -> Source | None:
    try:
        from specgraph.reference import REFERENCES
    except ModuleNotFoundError:
        return None
    load_references()
    found = REFERENCES.get(op)
    return source_of(found) if found is not None else None


def _short(file: str) -> str:
    """A file's path from its top-level package on."""
    path = Path(file)
    top = path.parent
    while (top.parent / "__init__.py").exists():
        top = top.parent
    return path.relative_to(top.parent).as_posix()


__all__ = [
    "NEEDED",
    "Attribute",
    "Entry",
    "Source",
    "Support",
    "entry",
    "source_of",
    "summary_of",
    "support",
    "takes",
]
