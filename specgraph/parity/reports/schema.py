"""The JSON Schema of a report, which tools that read reports can rely on."""

from __future__ import annotations

from typing import Any, get_args

from specgraph.backend import DTYPES
from specgraph.parity.checks import CHECKS
from specgraph.parity.report import SCHEMA, Cause, Kind

_TEXT = {"type": "string"}
_PAIR = {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}
_ERROR = {"type": ["number", "null"], "minimum": 0}
_DTYPE = {"enum": list(DTYPES)}


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `Report.to_json`."""
    subject = {"spec": _TEXT, "variant": _TEXT, "check": {"enum": list(CHECKS)}}
    subject |= {"dtype": _DTYPE, "backends": _PAIR}
    check = {
        **subject,
        "error": _ERROR,
        "tolerance": {"type": "number", "minimum": 0},
        "passed": {"type": "boolean"},
        "value": _TEXT,
        "at": {"type": "string", "pattern": "^(|.+:[0-9]+)$"},
        "case": _TEXT,
        "node": _TEXT,
        "detail": _TEXT,
    }
    one = {"type": "array", "prefixItems": [_TEXT, _ERROR, {"type": "number"}]}
    trace = {**subject, "errors": {"type": "array", "items": {**one, "minItems": 3}}}
    skip = {"value": _TEXT, "reason": _TEXT}
    change = {"kind": {"enum": list(get_args(Kind))}, "title": _TEXT, "text": _TEXT}
    explanation = {
        "title": _TEXT,
        "backends": {"type": "array", "items": _TEXT},
        "kind": {"enum": list(get_args(Cause))},
        "text": _TEXT,
        "count": {"type": "integer", "minimum": 1},
    }
    coverage = {
        "compared": {"type": "integer", "minimum": 0},
        "skipped": _many(_object(skip)),
    }
    found = _object(
        {
            "schema": {"const": SCHEMA},
            "passed": {"type": "boolean"},
            "environment": {"type": "object"},
            "checks": _many(_object(check, optional=("case", "node", "detail"))),
            "traces": _many(_object(trace)),
            "changes": _many(_object(change)),
            "explanations": _many(_object(explanation)),
            "interrupted": {"const": True},
            "coverage": _object(coverage),
        },
        optional=("changes", "explanations", "interrupted"),
    )
    title = "A report of specgraph parity"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **found,
    }


def _object(
    properties: dict[str, Any], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
