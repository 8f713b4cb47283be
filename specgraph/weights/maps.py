"""The map file: names in a foreign weight file to names in the model.

A line is `name in the file: name in the model`.  `${i}` on the left stands for a number
of the name, `*` for any part of it; the right is an expression of these numbers, so
`block_${i}_expand: blocks.${i - 1}.expand` says a whole network in one line.  The first
line that fits a name decides.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from specgraph.diagnostics import Problems
from specgraph.spec import source
from specgraph.spec.evaluate import Evaluator, Unreadable
from specgraph.spec.nodes import Mapping as MappingNode
from specgraph.spec.nodes import Node, Scalar, Sequence
from specgraph.weights.errors import refuse

FORM = (
    "--map takes a YAML or JSON file with a line for each layer or tensor that it "
    "decides, its name in the weight file and in the model: `features.0: conv2d`"
)
RIGHT = (
    "what a name of the file is: a name in the model, null for nothing, or "
    "{to: [names of its parts], axis: 0, axes: [1, 0]}"
)

_CAPTURE = re.compile(r"\$\{\s*([A-Za-z]\w*)\s*\}|(\*)|(\$\{)")


@dataclass(frozen=True, slots=True)
class Target:
    """What a name of the file is in the model."""

    names: tuple[str, ...]
    """Several are the parts of one tensor, in their order along `axis`; none: nothing."""
    node: Node
    axes: tuple[int, ...] = ()
    """The order of the file's axes that the model has, before the tensor is cut."""
    axis: int = 0

    @property
    def plain(self) -> bool:
        """Whether the target is just another name."""
        return len(self.names) == 1 and not self.axes


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the map."""

    name: str
    pattern: re.Pattern[str]
    node: Node

    @property
    def literal(self) -> bool:
        """Whether it is about one name only."""
        return _CAPTURE.search(self.name) is None


@dataclass(frozen=True, slots=True)
class NameMap:
    """A map file, read."""

    lines: tuple[Line, ...] = ()

    def targets(self, names: Iterable[str]) -> dict[str, Target]:
        """What the names that some line fits are; raises SpecError.

        A line about one name only stands even where no such name is, so that whoever
        looks for it can say what there is.
        """
        problems = Problems()
        found: dict[str, Target] = {}
        waiting = {line.name: line for line in self.lines if line.literal}
        for name in names:
            for line in self.lines:
                fit = line.pattern.fullmatch(name)
                if fit is None:
                    continue
                waiting.pop(line.name, None)
                numbers = {key: int(text) for key, text in fit.groupdict().items()}
                found |= _told(name, line, numbers, problems)
                break
        for name, line in waiting.items():
            found |= _told(name, line, {}, problems)
        _check_once(found, problems)
        problems.raise_if_any()
        return found


def read_map(path: str | PathLike[str]) -> NameMap:
    """The map of a YAML or JSON file; raises SpecError."""
    if not Path(path).exists():
        raise refuse("no-such-file", f"there is no file {os.fspath(path)}", FORM)
    return _map_of(source.read(path).root)


def map_of_pairs(pairs: Mapping[str, str]) -> NameMap:
    """The map that has these lines; raises SpecError."""
    return _map_of(source.parse(json.dumps(dict(pairs)), "map").root)


def _map_of(root: Node) -> NameMap:
    problems = Problems()
    if not isinstance(root, MappingNode):
        problems.fail(
            "weights-map", "a map is foreign name: name in the model", root, FORM
        )
    lines = []
    for name, node in root.items.items():
        try:
            pattern = _pattern(name)
        except ValueError as error:
            problems.add("weights-map", f"{name}: {error}", node, FORM)
            continue
        if _is_form(name, node, problems):
            lines.append(Line(name, pattern, node))
    problems.raise_if_any()
    return NameMap(tuple(lines))


def _pattern(name: str) -> re.Pattern[str]:
    """The names that the left of a line stands for; raises ValueError."""
    parts: list[str] = []
    seen: set[str] = set()
    position = 0
    for found in _CAPTURE.finditer(name):
        parts.append(re.escape(name[position : found.start()]))
        position = found.end()
        number, _, broken = found.groups()
        if broken:
            raise ValueError("a number of a name is written ${i}, a word in braces")
        if number is None:
            parts.append(".*")
        else:
            parts.append(
                f"(?P={number})" if number in seen else f"(?P<{number}>[0-9]+)"
            )
            seen.add(number)
    parts.append(re.escape(name[position:]))
    return re.compile("".join(parts))


def _is_form(name: str, node: Node, problems: Problems) -> bool:
    """Whether the right of a line has a form that a map knows; else a problem."""
    if isinstance(node, MappingNode):
        unknown = [key for key in node.items if key not in ("to", "axes", "axis")]
        for key in unknown:
            problems.add("weights-map", f"{name}: unknown key {key!r}", node, RIGHT)
        if "to" not in node.items:
            problems.add("weights-map", f"{name} needs `to`", node, RIGHT)
        return not unknown and "to" in node.items
    return True


def _told(
    name: str, line: Line, numbers: Mapping[str, int], problems: Problems
) -> dict[str, Target]:
    """The target of a name by a line, under its name; none if it has a problem."""
    items = {"to": line.node}
    if isinstance(line.node, MappingNode):
        items = line.node.items
    evaluator = Evaluator(dict(numbers), problems)
    try:
        names = _names(evaluator, items["to"])
        axes = _axes(evaluator, items["axes"]) if "axes" in items else ()
        axis = _axis(evaluator, items["axis"]) if "axis" in items else 0
    except Unreadable:
        return {}
    except ValueError as error:
        problems.add("weights-map", f"{name}: {error}", line.node, RIGHT)
        return {}
    return {name: Target(names, line.node, axes, axis)}


def _names(evaluator: Evaluator, node: Node) -> tuple[str, ...]:
    if isinstance(node, Scalar) and node.value is None:
        return ()
    parts = node.items if isinstance(node, Sequence) else [node]
    names = []
    for part in parts:
        value = evaluator.value(part)
        if value is None or isinstance(value, tuple | dict):
            raise ValueError("this is no name in the model")
        names.append(value if isinstance(value, str) else _text(part))
    return tuple(names)


def _text(node: Node) -> str:
    assert isinstance(node, Scalar)
    return node.text


def _axes(evaluator: Evaluator, node: Node) -> tuple[int, ...]:
    value = evaluator.value(node)
    axes = value if isinstance(value, tuple) else (value,)
    if sorted(axes, key=str) != list(range(len(axes))):
        raise ValueError("axes are every axis of the file's tensor, from 0, once")
    return axes


def _axis(evaluator: Evaluator, node: Node) -> int:
    value = evaluator.value(node)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("axis is that along which the parts lie, from 0")
    return value


def _check_once(found: Mapping[str, Target], problems: Problems) -> None:
    taken: dict[str, str] = {}
    for name, target in found.items():
        for ours in target.names:
            first = taken.setdefault(ours, name)
            if first != name:
                problems.add("weights-map", f"{ours} is {first} already", target.node)


NO_MAP = NameMap()
