"""The language as JSON Schema, so that editors complete and check specs."""

from __future__ import annotations

from typing import get_args

from specgraph import plugins
from specgraph.documentation import summary_of
from specgraph.ops.base import OPS, Activation, DType, Layout
from specgraph.ops.recurrent import Recurrent
from specgraph.ops.time_distributed import takes_steps
from specgraph.ops.weight_norm import KERNELLED
from specgraph.schema_calls import (
    EXPRESSION,
    Schema,
    argument_schema,
    attribute_schemas,
    call_schema,
    family_schema,
)
from specgraph.spec.include import MODEL
from specgraph.spec.names import IDENTIFIER
from specgraph.spec.schema import ParamType
from specgraph.training import (
    CONSTRAINTS,
    INITIALIZERS,
    LOSSES,
    METRICS,
    OPTIMIZERS,
    REGULARIZERS,
)

NAME: Schema = {"$ref": "#/$defs/name"}
REFERENCE: Schema = {"$ref": "#/$defs/reference"}
LAYERS: Schema = {"type": "array", "items": {"$ref": "#/$defs/layer"}}
BLOCK_LAYERS: Schema = {"type": "array", "items": {"$ref": "#/$defs/block_layer"}}
"""Layers where blocks may be called, whose names no schema knows."""
COUNT: Schema = {"type": "integer", "minimum": 1}
SCALAR: Schema = {"type": ["number", "string", "boolean"]}


def language_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a spec, outside ops included."""
    plugins.load_ops()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "specgraph model spec",
        "type": "object",
        "additionalProperties": False,
        "properties": _fields(),
        "allOf": [
            {
                "if": _is_library(),
                "else": {"required": ["specgraph", "name", "inputs", "layers"]},
            },
            {
                "if": {"anyOf": [{"required": [key]} for key in ("blocks", "include")]},
                "then": {"properties": {"layers": BLOCK_LAYERS}},
                "else": {"properties": {"layers": LAYERS}},
            },
        ],
        "$defs": _definitions(),
    }


def _is_library() -> Schema:
    """Whether a file holds blocks for other files, and no model."""
    model = [{"required": [key]} for key in MODEL]
    return {"required": ["blocks"], "not": {"anyOf": model}}


def _fields() -> Schema:
    layouts = list(get_args(Layout))
    return {
        "specgraph": _said({"const": 1}, "The version of the language."),
        "name": _said(NAME, "The model's name: its folder and its class."),
        "description": _said({"type": "string"}, "What the model is, for its readers."),
        "semantics": _said(
            {"enum": ["keras", "torch"]},
            "Whose conventions fill in what is left out; keras unless said.",
        ),
        "layout": _said(
            {"enum": layouts[:2]}, "Where inputs of 3 or 4 dimensions have channels."
        ),
        "include": _said(
            {"type": "array", "items": {"type": "string", "minLength": 1}},
            "Files whose blocks are taken, from the folder of this one.",
        ),
        "params": _said(
            _by_name({"anyOf": [SCALAR, {"type": "array"}]}),
            "Values for ${…}; --set replaces them.",
        ),
        "variants": _said(
            _by_name({"type": "object", "propertyNames": NAME}),
            "Other values of params, by the name that --variant takes.",
        ),
        "blocks": _said(
            _by_name({"$ref": "#/$defs/block"}), "Layers that can be used many times."
        ),
        "defaults": _said(_defaults(), "What layers that leave it out take, by op."),
        "dims": _said(_by_name(_bounds()), "Bounds of named dimensions."),
        "inputs": _said(
            {**_by_name({"$ref": "#/$defs/input"}), "minProperties": 1},
            "The model's inputs: shapes without the batch.",
        ),
        "layers": _said({"type": "array", "minItems": 1}, "What the model computes."),
        "outputs": _said(
            {**_by_name(REFERENCE), "minProperties": 1},
            "The model's outputs by name; left out, the last layer is the output.",
        ),
        "train": {"$ref": "#/$defs/train"},
        "deviations": _said(
            {"anyOf": [{"type": "string"}, {"type": "array"}]},
            "Attributes for which the framework's native layer is kept.",
        ),
    }


def _definitions() -> dict[str, Schema]:
    activations = [op for op in OPS if issubclass(op, Activation)]
    recurrent = [op for op in OPS if issubclass(op, Recurrent)]
    kernelled = [op for op in OPS if issubclass(op, KERNELLED)]
    return {
        "expression": {"type": "string", "pattern": r"\$\{"},
        "name": {"type": "string", "pattern": f"^{_pattern()}$"},
        "reference": {
            "type": "string",
            "pattern": rf"^{_pattern()}(\.[A-Za-z0-9_]+(\.all)?)?$",
        },
        "input": _input(),
        "layer": _layer(LAYERS),
        "block_layer": _block_layer(),
        "block": _block(),
        "merge": call_schema(OPS, OPS),
        "from": _from(),
        "activation": {"anyOf": [{"type": "null"}, call_schema(OPS, activations)]},
        "recurrent": call_schema(OPS, recurrent),
        "kernelled": call_schema(OPS, kernelled),
        "step": call_schema(OPS, [op for op in OPS if takes_steps(op)]),
        "initializer": call_schema(INITIALIZERS, INITIALIZERS),
        "regularizer": {"anyOf": [{"type": "null"}, family_schema(REGULARIZERS)]},
        "constraint": {"anyOf": [{"type": "null"}, family_schema(CONSTRAINTS)]},
        "loss": family_schema(LOSSES),
        "metric": family_schema(METRICS),
        "optimizer": family_schema(OPTIMIZERS),
        "train": _train(),
        **{f"op.{op.label}": argument_schema(op) for op in OPS},
    }


def _pattern() -> str:
    return IDENTIFIER.pattern.removesuffix(r"\Z")


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _by_name(values: Schema) -> Schema:
    return {
        "type": "object",
        "propertyNames": NAME,
        "additionalProperties": values,
    }


def _bounds() -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: {"anyOf": [COUNT, EXPRESSION]} for key in ("min", "max", "multiple_of")
        },
    }


def _input() -> Schema:
    dim = {"anyOf": [COUNT, NAME, EXPRESSION]}
    shape = {"anyOf": [{"type": "array", "items": dim}, EXPRESSION]}
    pair = {"type": "array", "minItems": 2, "maxItems": 2}
    full = {
        "type": "object",
        "required": ["shape"],
        "additionalProperties": False,
        "properties": {
            "shape": shape,
            "dtype": {"enum": list(get_args(DType))},
            "layout": {"enum": list(get_args(Layout))},
            "range": _said(
                {"anyOf": [pair, EXPRESSION]},
                "The values it takes: half-open for integers, closed for floats.",
            ),
        },
    }
    return {"anyOf": [shape, full]}


def _from() -> Schema:
    several = {"anyOf": [REFERENCE, {"type": "array", "items": REFERENCE}]}
    return _said(
        {"anyOf": [several, {"type": "object", "additionalProperties": several}]},
        "What the layer takes, where that is not the layer before it.",
    )


def _modifiers() -> dict[str, Schema]:
    holds = {"anyOf": [{"type": "boolean"}, EXPRESSION]}
    times = {"anyOf": [{"type": "integer", "minimum": 0}, EXPRESSION]}
    repeat = {
        "type": "object",
        "required": ["times"],
        "additionalProperties": False,
        "properties": {"times": times, "as": NAME},
    }
    weights = {"type": "object", "minProperties": 1}
    return {
        "name": _said(NAME, "The layer's name: in code and in weight files."),
        "from": {"$ref": "#/$defs/from"},
        "repeat": _said({"anyOf": [*times["anyOf"], repeat]}, "How often it runs."),
        "when": _said(holds, "False leaves it out: it passes its first input on."),
        "trainable": _said(holds, "Whether its weights are trained."),
        "share": _said({"type": "string"}, "The layer whose weights it uses."),
        "tie": _said(weights, "Weights that are those of other layers."),
    }


def _forms(layers: Schema) -> dict[str, Schema]:
    lists = _by_name({"anyOf": [{"type": "array"}, EXPRESSION]})
    loops = {**lists, "minProperties": 1}
    several = {
        "type": "object",
        "required": ["for", "layers"],
        "additionalProperties": False,
        "properties": {"for": loops, "layers": layers},
    }
    branches = {**_by_name(layers), "minProperties": 1}
    return {
        "branches": _said(
            {"anyOf": [branches, several]},
            "Layers side by side, all from this layer's input.",
        ),
        "for": _said(
            loops, "Lists that are walked side by side, an iteration an item."
        ),
        "layers": _said(layers, "A group of layers, or those of an iteration."),
    }


def _block_layer() -> Schema:
    """A layer that may call a block: any name that is no word of the language."""
    properties: Schema = {**_forms(BLOCK_LAYERS), **_modifiers()}
    for op in OPS:
        properties[op.label] = {"$ref": f"#/$defs/op.{op.label}"}
    properties["merge"] = {"$ref": "#/$defs/merge"}
    mapping = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": NAME,
        "properties": properties,
        "dependentRequired": {"merge": ["branches"], "for": ["layers"]},
    }
    return {"anyOf": [NAME, mapping]}


def _block() -> Schema:
    types = {"enum": list(get_args(ParamType))}
    param = {
        "type": "object",
        "required": ["type"],
        "additionalProperties": False,
        "properties": {"type": types, "default": {}, "choices": {}},
    }
    return {
        "type": "object",
        "required": ["layers"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string"},
            "params": _said(
                _by_name({"anyOf": [types, param]}), "What calls pass, by type."
            ),
            "inputs": _said(
                {"type": "array", "items": NAME, "minItems": 1},
                "The names of the values it takes; one `input` if left out.",
            ),
            "layers": _said(BLOCK_LAYERS, "What the block computes."),
            "outputs": _said(
                {**_by_name(REFERENCE), "minProperties": 1},
                "What it gives by name, the first first; left out, its last layer.",
            ),
        },
    }


def _layer(layers: Schema) -> Schema:
    modifiers, forms = _modifiers(), _forms(layers)
    calls = {
        op.label: _said({"$ref": f"#/$defs/op.{op.label}"}, summary_of(op))
        for op in OPS
    }
    merge = _said({"$ref": "#/$defs/merge"}, "How branches become one value.")
    mapping = {
        "type": "object",
        "additionalProperties": False,
        "properties": {**calls, **forms, "merge": merge, **modifiers},
        "dependentRequired": {"merge": ["branches"], "for": ["layers"]},
        "oneOf": [
            *({"required": [word]} for word in (*calls, "branches", "for")),
            {"required": ["layers"], "not": {"required": ["for"]}},
        ],
    }
    return {"anyOf": [{"enum": list(calls)}, mapping]}


def _defaults() -> Schema:
    by_op: dict[str, Schema] = {
        op.label: {
            "type": "object",
            "additionalProperties": False,
            "properties": attribute_schemas(op),
        }
        for op in OPS
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {"all": {"type": "object"}, **by_op},
    }


def _train() -> Schema:
    metric: Schema = {"$ref": "#/$defs/metric"}
    metrics = {"anyOf": [metric, {"type": "array", "items": metric}]}
    return {
        "type": "object",
        "description": "How the model is trained.",
        "required": ["optimizer", "loss"],
        "additionalProperties": False,
        "properties": {
            "optimizer": {"$ref": "#/$defs/optimizer"},
            "loss": _by_output({"$ref": "#/$defs/loss"}),
            "loss_weights": _by_output({"type": "number"}),
            "metrics": _by_output(metrics),
            "batch_size": {"anyOf": [COUNT, EXPRESSION]},
            "epochs": {"anyOf": [COUNT, EXPRESSION]},
        },
    }


def _by_output(schema: Schema) -> Schema:
    return {"anyOf": [schema, _by_name(schema)]}
