"""Calls of definitions as JSON Schema: ops, initializers, losses and their kin."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic.json_schema import (
    GenerateJsonSchema,
    JsonRef,
    JsonSchemaMode,
    JsonSchemaValue,
)
from pydantic_core import CoreSchema

from specgraph.definition import Definition, Family
from specgraph.documentation import attribute_docs, summary_of
from specgraph.ops.base import OPS

Schema = dict[str, Any]

EXPRESSION: Schema = {"$ref": "#/$defs/expression"}


def family_schema(family: Family[Any]) -> Schema:
    """A call of any definition of a family."""
    return call_schema(family, family)


def call_schema(family: Family[Any], classes: Iterable[type[Definition]]) -> Schema:
    """A name, or one call `{name: argument}`."""
    found = {cls.label: cls for cls in classes}
    found |= {
        alias: found[label] for alias, label in family.aliases.items() if label in found
    }
    calls = {
        name: {"$ref": f"#/$defs/op.{cls.label}"}
        if family is OPS
        else argument_schema(cls)
        for name, cls in found.items()
    }
    mapping = {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "properties": calls,
    }
    return {"anyOf": [{"enum": list(found)}, mapping, EXPRESSION]}


def argument_schema(cls: type[Definition]) -> Schema:
    """What may stand behind the name of a definition: nothing, a value, attributes.

    Nothing is required here, since `defaults` may hold what a call leaves out.
    """
    attributes = attribute_schemas(cls)
    choices: list[Schema] = [
        {"type": "object", "additionalProperties": False, "properties": attributes},
        {"type": "null"},
    ]
    if cls.leading is not None:
        choices.append(attributes[cls.leading])
    return {"anyOf": choices, "description": summary_of(cls)}


@cache
def attribute_schemas(cls: type[Definition]) -> dict[str, Schema]:
    """The schema of each attribute, with its docstring and its default."""
    properties = _Generator().generate(cls.__pydantic_core_schema__).get("properties")
    docs = attribute_docs(cls)
    found = {}
    for name, given in (properties or {}).items():
        schema = {
            key: value
            for key, value in given.items()
            if key not in ("title", "by_semantics", "description", "default")
        }
        whole = _or_expression(schema)
        if docs.get(name):
            whole["description"] = docs[name]
        if "by_semantics" in given:
            whole["description"] = _semantic(whole, given["by_semantics"])
        elif given.get("default") is not None:
            whole["default"] = given["default"]
        found[name] = whole
    return found


def _or_expression(schema: Schema) -> Schema:
    choices = schema["anyOf"] if list(schema) == ["anyOf"] else [schema]
    return {"anyOf": [*map(_with_items, choices), EXPRESSION]}


def _with_items(schema: Schema) -> Schema:
    """A list's schema; each of its items may be an expression, too."""
    found = dict(schema)
    if isinstance(found.get("items"), dict):
        found["items"] = _or_expression(found["items"])
    if "prefixItems" in found:
        found["prefixItems"] = [_or_expression(item) for item in found["prefixItems"]]
    return found


def _semantic(schema: Schema, defaults: dict[str, Any]) -> str:
    said = ", ".join(
        f"{default!r} under {semantics}" for semantics, default in defaults.items()
    )
    return f"{schema.get('description', '')} Left out: {said}.".strip()


class _Generator(GenerateJsonSchema):
    """Pydantic's generator; references to our own definitions are taken as they are."""

    def generate(
        self, schema: CoreSchema, mode: JsonSchemaMode = "validation"
    ) -> JsonSchemaValue:
        found = self.generate_inner(schema)
        while "$ref" in found:
            inner = self.get_schema_from_definitions(JsonRef(found["$ref"]))
            assert inner is not None
            found = inner
        return found

    def get_schema_from_definitions(self, json_ref: JsonRef) -> JsonSchemaValue | None:
        if json_ref not in self.json_to_defs_refs:
            return None
        return super().get_schema_from_definitions(json_ref)
