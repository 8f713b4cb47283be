"""From YAML text to nodes: YAML 1.2 core schema, no tags, no merge keys, bounded.

PyYAML's C parser gives events; they are composed iteratively here, since its own
composer dies of deep nesting, and an alias shares the node it names.
"""

from __future__ import annotations

import gc
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from specgraph.diagnostics import Location, Problems
from specgraph.spec.counting import LOADER, more_nodes
from specgraph.spec.decode import MAX_BYTES, decode
from specgraph.spec.nodes import Document, Mapping, Node, Scalar, Sequence, Span
from specgraph.spec.scalars import NumberTooLong, resolve
from specgraph.spec.syntax import explain

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_NODES",
    "Document",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "parse",
    "read",
]

MAX_DEPTH = 100
"""Lists and mappings inside each other, aliases expanded."""
MAX_NODES = 2_000_000
"""YAML nodes, aliases expanded."""


def read(path: str | os.PathLike[str]) -> Document:
    """The document in a file; SpecError if it is none, too large or not YAML."""
    name = os.fspath(path)
    return parse(_contents(name), name)


def parse(text: str | bytes, name: str) -> Document:
    """The document in a text; `name` is what diagnostics call it."""
    problems = Problems()
    document = Document(name, decode(text, name, problems))
    composer = _Composer(document, problems)
    try:
        _refuse_many(document, problems)
        with _collector_paused():
            for event in yaml.parse(document.text, Loader=LOADER):
                composer.take(event)
    except yaml.YAMLError as error:
        explain(error, document, problems)
    if composer.root is None:
        problems.fail("empty-file", "the file holds nothing", Location(name, 1, 1))
    problems.raise_if_any()
    document.root = composer.root
    return document


def _contents(name: str) -> bytes:
    """The bytes of a regular file of at most `MAX_BYTES`, told by its size on disk."""
    at = Location(name, 1, 1)
    problems = Problems()
    try:
        status = os.stat(name)
        if not stat.S_ISREG(status.st_mode):
            problems.fail("not-a-file", "this is not a regular file", at)
        if status.st_size > MAX_BYTES:
            size = f"{status.st_size / 2**20:,.1f} MiB"
            problems.fail("too-large", f"the file has {size}; the limit is 32 MiB", at)
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        problems.fail("no-such-file", "there is no such file", at)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        problems.fail("unreadable-file", f"the file cannot be read: {reason}", at)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Composing makes many objects and no garbage; collecting would double its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _refuse_many(document: Document, problems: Problems) -> None:
    """Count the nodes before any is built, so that too many take no memory."""
    more = more_nodes(document.text, MAX_NODES, MAX_DEPTH)
    if more is False:
        return
    if more:
        _too_many(Span(document, 0), problems)
    count = depth = documents = 0
    for event in yaml.parse(document.text, Loader=LOADER):
        if isinstance(event, yaml.NodeEvent):
            count += 1
            depth += isinstance(event, yaml.CollectionStartEvent)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        else:
            documents += isinstance(event, yaml.DocumentStartEvent)
        if count > MAX_NODES:
            assert event.start_mark is not None
            _too_many(Span(document, event.start_mark.index), problems)
        if depth > MAX_DEPTH or documents > 1:
            return


def _too_many(where: Span, problems: Problems) -> NoReturn:
    problems.fail(
        "too-many-nodes",
        f"more than {MAX_NODES:,} YAML nodes (aliases expanded), the limit",
        where,
    )


@dataclass(slots=True)
class _Anchored:
    """What an anchor names; `node` is None as long as it is still being read."""

    node: Node | None = None
    count: int = 1
    height: int = 0


@dataclass(slots=True)
class _Frame:
    """A list or mapping being read."""

    node: Sequence | Mapping
    anchor: _Anchored | None
    before: int
    """Nodes counted when it began."""
    height: int = 1
    """Levels of nesting in it, itself included."""
    key: Scalar | None = None
    """In a mapping, the key whose value comes next."""


class _Composer:
    """Builds the nodes of one document from events."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.root: Node | None = None
        self._document = document
        self._problems = problems
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Anchored] = {}
        self._count = 0
        self._documents = 0
        self._handlers: dict[type[Any], Callable[[Any, int], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._mapping_start,
            yaml.SequenceStartEvent: self._sequence_start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document_start,
        }

    def take(self, event: Any) -> None:
        """Use the next event; those without a handler carry nothing."""
        handler = self._handlers.get(type(event))
        if handler:
            handler(event, event.start_mark.index)

    def _document_start(self, event: yaml.DocumentStartEvent, index: int) -> None:
        where = Span(self._document, index)
        self._documents += 1
        if self._documents > 1:
            self._problems.fail(
                "several-documents",
                "a spec is one YAML document; here begins another",
                where,
                "remove the '---' or '...' line",
            )
        if event.version not in (None, (1, 2)):
            self._problems.add(
                "yaml-version", "a spec is YAML 1.2", where, "remove the %YAML line"
            )

    def _scalar(self, event: yaml.ScalarEvent, index: int) -> None:
        text = event.value
        if event.style in ("", None) and event.tag is None:
            node = Scalar(self._document, index, text, text, False)
            try:
                node.value = resolve(text)
            except NumberTooLong as error:
                self._problems.add("number-too-large", str(error), node)
        else:
            node = Scalar(self._document, index, text, text, True)
        self._counted(1, node)
        if event.tag is not None:
            self._refuse_tag(event, node)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(node)
        frame = self._stack[-1] if self._stack else None
        if frame and frame.key is None and type(frame.node) is Mapping:
            self._key(frame, node)
        else:
            self._attach(node, node)

    def _key(self, frame: _Frame, key: Scalar) -> None:
        """Remember a mapping's key until its value comes."""
        assert isinstance(frame.node, Mapping)
        frame.key = key
        name = key.text
        if name == "<<" and not key.quoted:
            self._problems.add(
                "merge-key",
                "YAML merge keys are not part of the language",
                key,
                "write the keys out, or use a block, defaults or params",
            )
        elif not isinstance(key.value, str):
            kind = "nothing" if key.value is None else type(key.value).__name__
            self._problems.add(
                "bad-key",
                f"a key is a string; {name or 'this'!r} is read as {kind}",
                key,
                f'quote it: "{name}"',
            )
        elif name in frame.node.keys:
            first = frame.node.keys[name].at
            self._problems.add(
                "duplicate-key",
                f"the key {name!r} stands here a second time; the first is on line "
                f"{first.line}, column {first.column}",
                key,
            )
            return
        frame.node.keys[name] = key

    def _attach(self, node: Node, where: Span) -> None:
        """Give a finished or opened node to what it stands in, at `where`."""
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        if isinstance(frame.node, Sequence):
            frame.node.items.append(node)
        elif frame.key is None:
            self._problems.fail(
                "bad-key",
                "a key is a string, written out; this is a list, a mapping or an alias",
                where,
                "quote it if it is meant as text",
            )
        else:
            frame.node.items.setdefault(frame.key.text, node)
            frame.key = None

    def _mapping_start(self, event: yaml.MappingStartEvent, index: int) -> None:
        self._start(event, Mapping(self._document, index))

    def _sequence_start(self, event: yaml.SequenceStartEvent, index: int) -> None:
        self._start(event, Sequence(self._document, index))

    def _start(
        self, event: yaml.CollectionStartEvent, node: Mapping | Sequence
    ) -> None:
        self._attach(node, node)
        self._deep(1, node)
        anchor = None
        if event.anchor is not None:
            anchor = self._anchors[event.anchor] = _Anchored()
        self._stack.append(_Frame(node, anchor, self._count))
        self._counted(1, node)
        if event.tag is not None:
            self._refuse_tag(event, node)

    def _end(self, _: yaml.CollectionEndEvent, index: int) -> None:
        frame = self._stack.pop()
        if frame.anchor:
            frame.anchor.node = frame.node
            frame.anchor.count = self._count - frame.before
            frame.anchor.height = frame.height
        if self._stack:
            above = self._stack[-1]
            above.height = max(above.height, frame.height + 1)

    def _alias(self, event: Any, index: int) -> None:
        where = Span(self._document, index)
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            self._problems.fail(
                "unknown-alias",
                f"no anchor &{event.anchor} stands before this",
                where,
                f"quote it if '*{event.anchor}' is meant as text",
            )
        if anchored.node is None:
            self._problems.fail(
                "recursive-alias", f"*{event.anchor} stands inside what it names", where
            )
        self._counted(anchored.count, where)
        self._deep(anchored.height, where)
        self._attach(anchored.node, where)
        above = self._stack[-1]
        above.height = max(above.height, anchored.height + 1)

    def _counted(self, count: int, where: Span) -> None:
        self._count += count
        if self._count > MAX_NODES:
            _too_many(where, self._problems)

    def _deep(self, levels: int, where: Span) -> None:
        if len(self._stack) + levels > MAX_DEPTH:
            self._problems.fail(
                "too-deep",
                f"lists and mappings are nested more than {MAX_DEPTH} deep, the limit",
                where,
            )

    def _refuse_tag(self, event: Any, node: Node) -> None:
        self._problems.add(
            "yaml-tag",
            f"YAML tags are not part of the language: {event.tag}",
            node,
            "remove the tag; a spec is plain data",
        )
