"""Plain data as YAML that the language reads back as the same."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as AbcMapping
from functools import lru_cache

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./]*\Z")
WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
WIDTH = 100

_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def dump(data: AbcMapping[str, object]) -> str:
    """Plain data as YAML: block style outside, flow style where it fits a line."""
    lines: list[str] = []
    for key, value in data.items():
        _block(lines, "", f"{scalar(key)}:", value)
    return "\n".join(lines) + "\n"


def _block(lines: list[str], indent: str, lead: str, value: object) -> None:
    """`lead value`, on one line if the value is simple or short."""
    nested = isinstance(value, dict | list) and value
    if not nested or not _holds_layers(value):
        flow = _flow(value)
        if not nested or len(indent + lead + flow) + 1 <= WIDTH:
            lines.append(f"{indent}{lead} {flow}")
            return
    lines.append(f"{indent}{lead}")
    if isinstance(value, dict):
        for key, inner in value.items():
            _block(lines, indent + "  ", f"{scalar(key)}:", inner)
        return
    assert isinstance(value, list)
    for inner in value:
        _item(lines, indent + "  ", inner)


def _item(lines: list[str], indent: str, value: object) -> None:
    if not isinstance(value, dict) or not value:
        lines.append(f"{indent}- {_flow(value)}")
        return
    start = len(lines)
    for key, inner in value.items():
        if inner is None:
            lines.append(f"{indent}  {scalar(key)}:")
        else:
            _block(lines, indent + "  ", f"{scalar(key)}:", inner)
    first = lines[start]
    lines[start] = f"{indent}- {first[len(indent) + 2 :]}"


def _holds_layers(value: object) -> bool:
    """Whether a value is, or maps names to, lists of layers: those are never inline."""
    if isinstance(value, list):
        return any(isinstance(item, dict) for item in value)
    if isinstance(value, dict):
        return any(
            isinstance(item, list) and _holds_layers(item) for item in value.values()
        )
    return False


def _flow(value: object) -> str:
    if isinstance(value, dict):
        inner = (f"{scalar(key)}: {_flow(item)}" for key, item in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return scalar(value)


def scalar(value: object) -> str:
    """A scalar that the language reads back as the same value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    if isinstance(value, int | float):
        return repr(value)
    return _string(str(value))


@lru_cache(maxsize=4096)
def _string(text: str) -> str:
    if PLAIN.match(text) and text.lower() not in WORDS:
        return text
    return f'"{"".join(map(_quoted, text))}"'


def _quoted(char: str) -> str:
    """A character as it stands in double quotes."""
    if char in _NAMED:
        return _NAMED[char]
    return char if char.isprintable() else f"\\U{ord(char):08x}"
