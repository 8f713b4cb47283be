"""Hypothesis strategies for what may be written behind a name, from its JSON Schema."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import strategies as st

from specgraph.definition import Definition, Family, plain_form
from specgraph.ops.base import OPS, Activation, Op
from specgraph.ops.recurrent import Recurrent
from specgraph.ops.time_distributed import TimeDistributed
from specgraph.ops.weight_norm import KERNELLED
from specgraph.schema_calls import attribute_schemas
from specgraph.training import CONSTRAINTS, INITIALIZERS, REGULARIZERS

Strategy = st.SearchStrategy[Any]

LARGEST = 4
"""Integers are small: they become sizes of weights."""
STATED = frozenset({"constant", "identity", "fan_in_uniform"})
"""Initializers that only fit some weights, or need a value."""
TAMED: dict[str, tuple[str, ...]] = {
    "moving_mean_initializer": ("zeros", "ones"),
    "moving_variance_initializer": ("ones",),
    "recurrent_activation": ("sigmoid", "hard_sigmoid", "tanh"),
}
"""Attributes that make models without numbers of most of what they may be: roots of
negative variances, states that grow without bound."""


def arguments(op: type[Op], *, full: bool) -> Strategy:
    """What may stand behind an op's name: a mapping of attributes, or nothing.

    Not `full`, only what the op needs is said.
    """
    schemas = attribute_schemas(op)
    needed = [
        name
        for name, field in op.model_fields.items()
        if field.is_required() and name not in op.semantic_defaults("keras")
    ]
    values = {name: _attribute(op, name, schema) for name, schema in schemas.items()}
    chosen = {name: values[name] for name in needed}
    rest = {name: values[name] for name in values if name not in needed}
    some = _some(rest) if full and rest else st.just({})
    drawn = st.tuples(st.fixed_dictionaries(chosen), some).map(
        lambda parts: {**parts[0], **parts[1]} or None
    )
    calls = [call for call in _sampled(op) if not TAMED.keys() & call.keys()]
    return drawn | st.sampled_from(calls) if calls and full else drawn


def _attribute(op: type[Op], name: str, schema: dict[str, Any]) -> Strategy:
    """Values of an attribute; a text of a form is one of those of the op's samples."""
    if name in TAMED:
        return st.sampled_from(TAMED[name])
    found = [call[name] for call in _sampled(op) if name in call]
    of_a_form = {"type": "string"} in schema["anyOf"]
    return st.sampled_from(found) if of_a_form and found else _values(schema)


@cache
def _sampled(op: type[Op]) -> list[dict[str, Any]]:
    """The attributes that the samples of an op say, as YAML holds them."""
    calls = [op.attributes_of(plain_form(sample.call)) for sample in op.samples]
    return [dict(call) for call in calls if call]


def _some(attributes: dict[str, Strategy]) -> Strategy:
    """Up to three of the attributes."""
    names = st.lists(st.sampled_from(sorted(attributes)), max_size=3, unique=True)
    return names.flatmap(
        lambda given: st.fixed_dictionaries({name: attributes[name] for name in given})
    )


def _values(schema: dict[str, Any]) -> Strategy:
    if "anyOf" in schema:
        choices = [one for one in schema["anyOf"] if not _is_expression(one)]
        return st.one_of(*map(_values, choices))
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "$ref" in schema:
        return _REFERENCES[schema["$ref"].rpartition("/")[2]]()
    return _TYPES[schema["type"]](schema)


def _is_expression(schema: dict[str, Any]) -> bool:
    return bool(schema.get("$ref", "").endswith("/expression"))


def _integers(schema: dict[str, Any]) -> Strategy:
    return st.integers(schema.get("minimum", -LARGEST), schema.get("maximum", LARGEST))


def _numbers(schema: dict[str, Any]) -> Strategy:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -1))
    most = schema.get("maximum", schema.get("exclusiveMaximum", least + 2))
    return st.sampled_from([least + (most - least) * part / 8 for part in range(1, 8)])


def _arrays(schema: dict[str, Any]) -> Strategy:
    if "prefixItems" in schema:
        return st.tuples(*map(_values, schema["prefixItems"])).map(list)
    items = schema.get("items", {"type": "number"})
    return st.lists(_values(items), min_size=1, max_size=2)


def _objects(schema: dict[str, Any]) -> Strategy:
    """A mapping that says some of its properties."""
    values = {name: _values(inner) for name, inner in schema["properties"].items()}
    return st.fixed_dictionaries({}, optional=values)


_TYPES: dict[str, Callable[[dict[str, Any]], Strategy]] = {
    "integer": _integers,
    "number": _numbers,
    "array": _arrays,
    "object": _objects,
    "boolean": lambda schema: st.booleans(),
    "null": lambda schema: st.none(),
}


@cache
def _activations() -> Strategy:
    return _calls(OPS, [op for op in OPS if issubclass(op, Activation)])


@cache
def _initializers() -> Strategy:
    return _calls(INITIALIZERS, [i for i in INITIALIZERS if i.label not in STATED])


@cache
def _regularizers() -> Strategy:
    return st.none() | _calls(REGULARIZERS, list(REGULARIZERS))


@cache
def _constraints() -> Strategy:
    return st.none() | _calls(CONSTRAINTS, list(CONSTRAINTS))


@cache
def _recurrent() -> Strategy:
    return _calls(OPS, [op for op in OPS if issubclass(op, Recurrent)])


@cache
def _kernelled() -> Strategy:
    return _calls(OPS, [op for op in OPS if issubclass(op, KERNELLED)])


@cache
def _steps() -> Strategy:
    """Layers that every framework applies to steps: those of samples."""
    calls = [plain_form(sample.call) for sample in TimeDistributed.samples]
    return st.sampled_from([call for call in calls if call])


_REFERENCES = {
    "activation": _activations,
    "constraint": _constraints,
    "initializer": _initializers,
    "kernelled": _kernelled,
    "recurrent": _recurrent,
    "regularizer": _regularizers,
    "step": _steps,
}


def _calls(family: Family[Any], classes: list[type[Definition]]) -> Strategy:
    """A name, or a call of one attribute; what the definition refuses is left out."""
    return st.sampled_from(classes).flatmap(lambda cls: _call(family, cls))


def _call(family: Family[Any], cls: type[Definition]) -> Strategy:
    schemas = attribute_schemas(cls)
    needed = [name for name, field in cls.model_fields.items() if field.is_required()]
    names = needed or sorted(schemas)[:1]
    if not names:
        return st.just(cls.label)
    values = st.fixed_dictionaries({name: _values(schemas[name]) for name in names})
    calls = values.map(lambda given: {cls.label: given}).filter(
        lambda call: _is_good(family, call)
    )
    return calls if needed else st.just(cls.label) | calls


def _is_good(family: Family[Any], call: object) -> bool:
    try:
        family.parse(as_tuples(call))
    except ValueError:
        return False
    return True


def as_tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(as_tuples, value))
    if isinstance(value, dict):
        return {name: as_tuples(item) for name, item in value.items()}
    return value
