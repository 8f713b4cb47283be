"""Values in the place of a library's parameters, in a block that leaves its file."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.spec.evaluate import escaped
from specgraph.spec.expr import with_values


def inlined(block: dict[str, object], names: Mapping[str, object]) -> dict[str, object]:
    """A block as plain data, which no longer says any of the names."""
    params = block.get("params")
    hidden = set(params) if isinstance(params, dict) else set()
    left = {name: value for name, value in names.items() if name not in hidden}
    return {
        key: _data(value, names if key == "params" else left)
        for key, value in block.items()
    }


def _data(data: object, names: Mapping[str, object]) -> object:
    if isinstance(data, str):
        return _text(data, names)
    if isinstance(data, list):
        return [_data(item, names) for item in data]
    if not isinstance(data, dict):
        return data
    inner = _without(names, data.get("for"))
    repeat = data.get("repeat")
    if isinstance(repeat, dict) and "as" in repeat:
        inner = _without(inner, {repeat["as"]: None})
    outer = ("for", "repeat", "when", "trainable")
    return {
        key: _data(value, names if key in outer else inner)
        for key, value in data.items()
    }


def _without(names: Mapping[str, object], hidden: object) -> Mapping[str, object]:
    """The names that loop variables do not hide."""
    if not isinstance(hidden, dict):
        return names
    return {name: value for name, value in names.items() if name not in hidden}


def _text(text: str, names: Mapping[str, object]) -> object:
    if "${" not in text:
        return text
    name = text.removeprefix("${").removesuffix("}").strip()
    if len(text) == len(name) + 3 + text.count(" ") and name in names:
        value = names[name]
        return escaped(value) if isinstance(value, str) else value
    return with_values(text, names)
