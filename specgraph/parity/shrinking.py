"""Ways to make a spec smaller, as changes of its YAML: what to try, never whether it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Data = dict[str, Any]
"""A spec as YAML holds it."""
Change = Callable[[Data], Iterator[Data]]
"""From a spec to smaller ones, each of one change."""
Path = tuple[str | int, ...]
"""The keys and indices that lead to a value."""
SMALL = (1, 2, 3)
"""The numbers that a greater one is replaced by first."""


def tidied(data: Data) -> Data:
    """Without inputs and blocks that nothing names, which a spec may not have."""
    said = set(_words({k: v for k, v in data.items() if k not in ("inputs", "name")}))
    inputs = {k: v for k, v in data.get("inputs", {}).items() if k in said}
    found = {**data, "inputs": inputs or dict(list(data["inputs"].items())[:1])}
    if "blocks" in data:
        kept = {k: v for k, v in data["blocks"].items() if k in said}
        found["blocks"] = kept
        if not kept:
            del found["blocks"]
    return found


def _words(value: Any) -> Iterator[str]:
    """The names in a spec: keys of layers, and texts without what an output is called."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "blocks":
                item = list(item.values())
            elif isinstance(key, str):
                yield key
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, str):
        yield value.partition(".")[0]


def _sections(data: Data) -> Iterator[Data]:
    """Without whole sections."""
    for key in data:
        if key not in ("specgraph", "inputs", "layers", "name"):
            yield {k: v for k, v in data.items() if k != key}
    if "outputs" in data and len(data["outputs"]) > 1:
        for name in data["outputs"]:
            kept = {k: v for k, v in data["outputs"].items() if k != name}
            yield {**data, "outputs": kept}


def _ends(data: Data) -> Iterator[Data]:
    """Cut off after a layer, whose value is then the output."""
    layers = data["layers"]
    rest = {k: v for k, v in data.items() if k not in ("outputs", "train")}
    for count in _halves(len(layers)):
        yield {**rest, "layers": layers[:count]}


def _windows(data: Data) -> Iterator[Data]:
    """A few layers alone, on an input: one, two, four and so on."""
    layers = data["layers"]
    rest = {k: v for k, v in data.items() if k not in ("outputs", "train")}
    size = 1
    while size < len(layers):
        for start in range(len(layers) - size + 1):
            first, *others = layers[start : start + size]
            yield {**rest, "layers": [first, *others]}
            told = dict(first) if isinstance(first, dict) else {first: None}
            for name in data.get("inputs", {}):
                yield {**rest, "layers": [{**told, "from": name}, *others]}
        size *= 2


def _halves(size: int) -> Iterator[int]:
    """Numbers below one, that halve the way to it."""
    step = size
    while step > 1:
        step = (step + 1) // 2
        yield size - step
        if step == 1:
            return


def _layers(data: Data) -> Iterator[Data]:
    """Without some layers of a list, many at first."""
    for path in _lists(data):
        layers = _at(data, path)
        for start, end in _stretches(len(layers)):
            kept = layers[:start] + layers[end:]
            if kept or path != ("layers",):
                changed = _with(data, path, kept)
                yield changed
                yield from _relinked(changed, path, layers, start, end)


def _stretches(size: int) -> Iterator[tuple[int, int]]:
    """Parts of a list: all before a place, then halves, quarters and so on."""
    for left in _halves(size):
        yield 0, size - left
    chunk = size
    while chunk:
        for start in range(0, size, chunk):
            yield start, min(start + chunk, size)
        chunk //= 2


def _relinked(
    data: Data, path: Path, layers: list[Any], start: int, end: int
) -> Iterator[Data]:
    """With what took a value of layers that are gone taking another."""
    said = [layer if isinstance(layer, dict) else {} for layer in layers]
    gone = said[start:end]
    names = {layer["name"] for layer in gone if "name" in layer}
    fed = [layer["from"] for layer in gone if isinstance(layer.get("from"), str)]
    before = [layer["name"] for layer in said[:start] if "name" in layer]
    for other in dict.fromkeys([*fed[:1], *before[-1:], *data.get("inputs", {})]):
        changed = _renamed(data, names, other) if names else data
        if names:
            yield changed
        if end < len(layers) and "from" not in said[end]:
            layer = layers[end]
            told = dict(layer) if isinstance(layer, dict) else {layer: None}
            yield _with(changed, (*path, start), {**told, "from": other})


def _renamed(value: Any, names: set[str], other: str) -> Any:
    """With texts that name a layer, or an output of one, naming another value."""
    if isinstance(value, dict):
        return {
            key: item if key == "name" else _renamed(item, names, other)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_renamed(item, names, other) for item in value]
    if isinstance(value, str) and value.partition(".")[0] in names:
        return other
    return value


def _inside(data: Data) -> Iterator[Data]:
    """With the layers of a group, or of a block that is called, in its place."""
    blocks = data.get("blocks", {})
    for path in _lists(data):
        layers = _at(data, path)
        for index, layer in enumerate(layers):
            if not isinstance(layer, dict | str):
                continue
            inner: Any = None
            if isinstance(layer, str):
                inner = blocks.get(layer, {}).get("layers")
            elif isinstance(layer.get("layers"), list):
                inner = layer["layers"]
            elif isinstance(layer.get("branches"), dict):
                branches = layer["branches"]
                for branch in branches.values():
                    if isinstance(branch, list) and branch:
                        put = layers[:index] + branch + layers[index + 1 :]
                        yield _with(data, path, put)
            else:
                called = next((key for key in layer if key in blocks), None)
                inner = blocks[called].get("layers") if called else None
                if isinstance(inner, list) and isinstance(layer[called], dict):
                    inner = _filled(inner, layer[called])
            if isinstance(inner, list) and inner:
                put = layers[:index] + inner + layers[index + 1 :]
                yield _with(data, path, put)


def _filled(value: Any, arguments: Data) -> Any:
    """With the arguments of a call where its parameters stand alone."""
    if isinstance(value, dict):
        return {key: _filled(item, arguments) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, arguments) for item in value]
    if isinstance(value, str) and value.startswith("${") and value.endswith("}"):
        return arguments.get(value[2:-1].strip(), value)
    return value


def _keys(data: Data) -> Iterator[Data]:
    """Without a key of a layer, of an op's attributes or of a section's entries."""
    for path, value in _values(data):
        if not isinstance(value, dict) or not path:
            continue
        for key in value:
            kept = {k: v for k, v in value.items() if k != key}
            if kept or path[-1] not in ("inputs", "layers"):
                yield _with(data, path, kept)


def _briefs(data: Data) -> Iterator[Data]:
    """With what is said of an input, or of several turns, said shorter."""
    for path, value in _values(data):
        if isinstance(value, dict) and len(value) == 1 and "shape" in value:
            yield _with(data, path, value["shape"])
        if value == {} and isinstance(path[-1], str) and len(path) > 1:
            around = _at(data, path[:-1])
            if (
                isinstance(around, dict)
                and len(around) == 1
                and isinstance(path[-2], int)
            ):
                yield _with(data, path[:-1], path[-1])


def _numbers(data: Data) -> Iterator[Data]:
    """With smaller numbers, and shorter lists of numbers."""
    for path, value in _values(data):
        if isinstance(value, bool) or path == ("specgraph",):
            continue
        if isinstance(value, int):
            tried = [n for n in (*SMALL, value // 2, value - 1) if 0 < n < value]
            for number in dict.fromkeys(tried):
                yield _with(data, path, number)
        elif isinstance(value, str) and path[-1] == "dtype" and value != "float32":
            yield _with(data, path, "float32")


CHANGES: tuple[Change, ...] = (
    _windows,
    _ends,
    _sections,
    _layers,
    _inside,
    _keys,
    _briefs,
    _numbers,
)
"""The kinds of change, those that take most away first."""


def _values(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value in a spec, and the keys and indices that lead there."""
    yield path, value
    items: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    for key, item in items:
        yield from _values(item, (*path, key))


def _lists(data: Data) -> Iterator[Path]:
    """Where lists of layers stand, the outermost first."""
    found = [
        path
        for path, value in _values(data)
        if isinstance(value, list)
        and path
        and (path[-1] == "layers" or (len(path) > 1 and path[-2] == "branches"))
    ]
    return iter(sorted(found, key=len))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _with(value: Any, path: Path, new: Any) -> Any:
    """A copy with something else at a place."""
    if not path:
        return new
    key, *rest = path
    if isinstance(value, dict):
        return {
            k: _with(v, tuple(rest), new) if k == key else v for k, v in value.items()
        }
    return [_with(v, tuple(rest), new) if n == key else v for n, v in enumerate(value)]
