"""YAML as read: plain values that know their place in the file."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from specgraph.diagnostics import Location
from specgraph.spec.scalars import Value

_CHUNK = 4096
_TOKEN = re.compile(
    r"""[&*][^\s,\[\]{}]+ | '(?:[^'\n]++|'')*+'? | "(?:[^"\\\n]++|\\.)*+"?
    | [|>][-+0-9]*""",
    re.VERBOSE,
)


class Document:
    """One YAML file: its name, its text with `\\n` line ends, and its root node.

    Finding a line costs the same wherever it stands, in files of many lines and of one.
    """

    __slots__ = ("_lines", "_marks", "name", "root", "text")

    root: Node

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._marks: list[tuple[int, int]] = []
        self._lines: dict[int, str] = {}

    def location(self, index: int) -> Location:
        """The place of a character of the text."""
        line, start = self._line_at(index)
        return Location(self.name, line, index - start + 1)

    def excerpt(self, line: int) -> str:
        """The text of a line, counted from 1; empty outside the file."""
        marks = self._marked()
        chunk = bisect_left(marks, (line, -1)) - 1
        number, start = marks[max(chunk, 0)]
        while number < line:
            start = self.text.find("\n", start) + 1
            number += 1
            if not start:
                return ""
        return self._line_from(start) if line > 0 else ""

    def excerpt_at(self, index: int) -> str:
        """The text of the line that holds a character."""
        return self._line_from(self._line_at(index)[1])

    def _line_at(self, index: int) -> tuple[int, int]:
        """The number of the line that holds a character, and where it starts."""
        chunk = min(index, len(self.text)) // _CHUNK
        line, start = self._marked()[chunk]
        line += self.text.count("\n", chunk * _CHUNK, index)
        return line, max(start, self.text.rfind("\n", chunk * _CHUNK, index) + 1)

    def _line_from(self, start: int) -> str:
        if start not in self._lines:
            end = self.text.find("\n", start)
            self._lines[start] = self.text[start : end if end >= 0 else None]
        return self._lines[start]

    def _marked(self) -> list[tuple[int, int]]:
        """For every chunk of text, the line it begins in and where that line starts."""
        if not self._marks:
            line, start = 1, 0
            for begin in range(0, len(self.text) + 1, _CHUNK):
                self._marks.append((line, start))
                line += self.text.count("\n", begin, begin + _CHUNK)
                start = max(start, self.text.rfind("\n", begin, begin + _CHUNK) + 1)
        return self._marks


@dataclass(slots=True, eq=False)
class Span:
    """A stretch of a document's text, from the character `index`."""

    document: Document = field(repr=False)
    index: int = field(repr=False)

    @property
    def line(self) -> int:
        return self.at.line

    @property
    def column(self) -> int:
        return self.at.column

    @property
    def at(self) -> Location:
        return self.document.location(self.index)

    @property
    def excerpt(self) -> str:
        """The line it starts in."""
        return self.document.excerpt_at(self.index)

    @property
    def width(self) -> int:
        """The characters a caret underlines."""
        return 1


@dataclass(slots=True, eq=False)
class Part(Span):
    """Some characters of a scalar."""

    length: int

    @property
    def width(self) -> int:
        return self.length


@dataclass(slots=True, eq=False)
class Scalar(Span):
    """A string, number, boolean or null, with the text it was read from."""

    value: Value
    text: str
    quoted: bool

    @property
    def width(self) -> int:
        token = _TOKEN.match(self.document.text, self.index)
        if token:
            return len(token[0])
        return max(len(self.text.partition("\n")[0]), 1)

    def part(self, offset: int, length: int = 1) -> Span:
        """Where some characters of the text stand; the scalar itself if unclear."""
        begin = self.index + (self.document.text[self.index] in "'\"")
        if self.document.text.startswith(self.text, begin):
            return Part(self.document, begin + offset, length)
        return self

    def plain(self) -> Value:
        """The value."""
        return self.value


@dataclass(slots=True, eq=False)
class Sequence(Span):
    """A list of nodes."""

    items: list[Node] = field(default_factory=list)

    def plain(self) -> list[Any]:
        """Python data; the recursion is bounded by the depth a document may have."""
        return [item.plain() for item in self.items]


@dataclass(slots=True, eq=False)
class Mapping(Span):
    """Nodes under string keys, in written order; `keys` says where each key stands."""

    items: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)

    @property
    def width(self) -> int:
        first = next(iter(self.keys.values()), None)
        return first.width if first and first.index == self.index else 1

    def plain(self) -> dict[str, Any]:
        """Python data; the recursion is bounded by the depth a document may have."""
        return {key: item.plain() for key, item in self.items.items()}


Node: TypeAlias = Scalar | Sequence | Mapping
