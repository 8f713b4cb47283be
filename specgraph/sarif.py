"""SARIF 2.1.0, which code scanning shows on the lines of a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from specgraph.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Result:
    """Something that is wrong: by what rule, and where, as far as that is known."""

    rule: str
    message: str
    file: str = ""
    line: int = 1
    column: int = 0
    """From 1; 0 where the whole line is meant."""
    width: int = 0


def document(rules: Mapping[str, str], results: Iterable[Result], ran: bool) -> str:
    """The text of a log of one run; `rules` tells what each asks for.

    `ran` is false where something kept the run from its end.
    """
    order = {rule: number for number, rule in enumerate(rules)}
    driver = {
        "name": "specgraph",
        "version": VERSION,
        "rules": [
            {"id": rule, "shortDescription": {"text": text}}
            for rule, text in rules.items()
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": ran}],
        "results": [_result(result, order) for result in results],
    }
    found = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(found, indent=1) + "\n"


def _result(result: Result, order: Mapping[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": result.rule,
        "ruleIndex": order[result.rule],
        "level": "error",
        "message": {"text": result.message},
    }
    if result.file:
        path = PurePath(result.file)
        place = path.as_uri() if path.is_absolute() else path.as_posix()
        region = {"startLine": result.line}
        if result.column:
            region["startColumn"] = result.column
            region["endColumn"] = result.column + max(1, result.width)
        physical = {"artifactLocation": {"uri": place}, "region": region}
        found["locations"] = [{"physicalLocation": physical}]
    return found
