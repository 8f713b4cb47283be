"""YAML 1.2 core schema: what an unquoted scalar means."""

from __future__ import annotations

import re
from typing import TypeAlias

MAX_INTEGER = 2**63
"""Integers are below this in magnitude."""
MAX_DIGITS = 400
"""Characters in an unquoted number."""

Value: TypeAlias = str | int | float | bool | None

_CONSTANTS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{
        sign + word: float(sign + "inf")
        for sign in ("", "+", "-")
        for word in (".inf", ".Inf", ".INF")
    },
}
_NUMBER_STARTS = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


class NumberTooLong(ValueError):
    """A number beyond what a spec may hold; the message says which limit."""


def resolve(text: str) -> Value:
    """The value of an unquoted scalar.

    `010` is ten, `1e-3` a float, `no` and `on` are strings; NumberTooLong for integers
    of 2^63 or more and for numbers of more than 400 characters.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return float(_short(text))
    return text


def _integer(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    value = int(_short(text), base)
    if abs(value) >= MAX_INTEGER:
        raise NumberTooLong("an integer is too large; the limit is 2^63 - 1")
    return value


def _short(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise NumberTooLong(
            f"a number of {len(text):,} characters; the limit is {MAX_DIGITS}"
        )
    return text
