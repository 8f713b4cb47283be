"""Blocks of other files: libraries inside the spec root, read once each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from specgraph.definition import show
from specgraph.diagnostics import Problems, SpecError, closest
from specgraph.project import ProjectError, spec_root
from specgraph.spec import source
from specgraph.spec.blocks import declare_blocks, fill_blocks
from specgraph.spec.layers import LayerReader
from specgraph.spec.params import read_params
from specgraph.spec.schema import FIELDS, LIBRARY_FIELDS, Block
from specgraph.spec.source import MAX_BYTES, Document, Mapping, Node, Scalar, Sequence

MOST_FILES = 100
"""Files that a spec includes, those that they include counted."""
MODEL = ("layers", "inputs", "outputs", "train")
"""Fields that a library does not have."""


def is_library(document: Document) -> bool:
    """Whether a file holds blocks for other files, and no model."""
    root = document.root
    if not isinstance(root, Mapping) or "blocks" not in root.items:
        return False
    return not any(key in root.items for key in MODEL)


def is_foreign(document: Document) -> bool:
    """Whether a YAML file says nothing that a spec says: it is about something else."""
    root = document.root
    return isinstance(root, Mapping) and not any(key in root.items for key in FIELDS)


def check_library(document: Document, problems: Problems) -> dict[str, Block]:
    """The blocks of a library that is read for its own sake."""
    return Includes(document, problems).blocks_of(document)


class Includes:
    """Reads the files that a document includes, and those that they do."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.problems = problems
        self.name = document.name
        self.read: dict[str, dict[str, Block]] = {}
        self.open: list[tuple[str, str]] = [(_real(document.name), document.name)]
        """The files that are being read, each because the one before includes it."""
        self.size = len(document.text)
        self.broken = False
        """Whether a file could not be read."""

    def blocks(self, document: Document) -> dict[str, Block]:
        """The blocks of all files that a document includes."""
        root = document.root
        node = root.items.get("include") if isinstance(root, Mapping) else None
        found: dict[str, Block] = {}
        for item in self._entries(node):
            assert isinstance(item.value, str)
            name = self._inside(document, item)
            self.broken = self.broken or name is None
            for block in self._file(name, item).values() if name else ():
                first = found.setdefault(block.name, block)
                if first is not block:
                    self._clash(block, first)
        return found

    def blocks_of(self, document: Document) -> dict[str, Block]:
        """The blocks of a library, with those of the files that it includes."""
        root = document.root
        if not isinstance(root, Mapping):
            message = f"a library is a mapping, got {show(root.plain())}"
            self.problems.add("wrong-type", message, root)
            return {}
        self._keys(root)
        params, blocks = root.items.get("params"), root.items.get("blocks")
        for key, node in (("params", params), ("blocks", blocks)):
            if node is not None and not isinstance(node, Mapping):
                message = f"`{key}` must be a mapping, got {show(node.plain())}"
                self.problems.add("wrong-type", message, node)
        written = params if isinstance(params, Mapping) else None
        names = read_params(written, {}, self.problems).names
        return self.join(document, blocks, names)

    def join(
        self, document: Document, node: Node | None, names: dict[str, object]
    ) -> dict[str, Block]:
        """The blocks that a document has, and those of what it includes."""
        written = node if isinstance(node, Mapping) else None
        found = self.blocks(document)
        own = declare_blocks(written, names, self.problems)
        for name, block in own.items():
            if name in found:
                self._clash(block, found[name])
        found |= own
        fill_blocks(written, own, self.reader(found))
        return found

    def reader(self, blocks: dict[str, Block]) -> LayerReader:
        """Reads layers that call these blocks, or some that could not be included."""
        return LayerReader(self.problems, blocks, partial=self.broken)

    def _entries(self, node: Node | None) -> Iterator[Scalar]:
        if node is None:
            return
        if not isinstance(node, Sequence):
            message = f"`include` is a list of files, got {show(node.plain())}"
            hint = "write `include: [blocks.yaml]`"
            self.problems.add("wrong-type", message, node, hint)
            return
        for item in node.items:
            if isinstance(item, Scalar) and isinstance(item.value, str) and item.value:
                yield item
            else:
                message = f"`include` is a list of files, got {show(item.plain())}"
                self.problems.add("wrong-type", message, item)

    def _inside(self, document: Document, item: Scalar) -> str | None:
        """What the file is called; None where it may not be read."""
        text = str(item.value)
        name = os.path.normpath(os.path.join(os.path.dirname(document.name), text))
        place = os.path.abspath(name)
        try:
            root = os.path.abspath(spec_root(self.name))
        except ProjectError as error:
            self.problems.add("outside-include", str(error), item)
            return None
        hint = f"it must lie inside {os.path.relpath(root)}"
        why = ""
        if os.path.isabs(text) or "\\" in text or "\0" in text:
            why = (
                "a file is named from the folder of the one that includes it, with `/`"
            )
            hint = ""
        elif os.path.commonpath([root, place]) != root:
            why = "it is outside of the folder of the specs"
        elif _linked(root, place):
            why = "a symbolic link is on the way"
        if why:
            message = f"{show(text)} cannot be included: {why}"
            self.problems.add("outside-include", message, item, hint)
            return None
        if not os.path.isfile(place):
            message = f"there is no file {show(text)}"
            hint = f"looked for {name}"
            self.problems.add("no-such-file", message, item, hint)
            return None
        return name

    def _file(self, name: str, item: Scalar) -> dict[str, Block]:
        """The blocks of a file, read once."""
        real = _real(name)
        names = [shown for key, shown in self.open if key == real]
        if names:
            start = [key for key, _ in self.open].index(real)
            way = [*(shown for _, shown in self.open[start:]), name]
            message = f"files include each other: {' → '.join(way)}"
            self.problems.add("include-circle", message, item)
            return {}
        if real not in self.read:
            self.open.append((real, name))
            with self.problems.within(f"include of {name}", item.at):
                self.read[real] = self._fresh(name, item)
            self.open.pop()
        return self.read[real]

    def _fresh(self, name: str, item: Scalar) -> dict[str, Block]:
        if len(self.read) + len(self.open) > MOST_FILES:
            message = f"more than {MOST_FILES} files are included, the limit"
            self.problems.fail("too-many-files", message, item)
        self.size += os.path.getsize(name)
        if self.size > MAX_BYTES:
            message = "the spec and the files it includes have more than 32 MiB, "
            self.problems.fail("too-large", f"{message}the limit", item)
        try:
            return self.blocks_of(source.read(name))
        except SpecError as error:
            self.broken = True
            for problem in error.diagnostics:
                self.problems.append(problem)
            return {}

    def _keys(self, root: Mapping) -> None:
        for key, at in root.keys.items():
            if key in LIBRARY_FIELDS:
                continue
            near = closest(key, LIBRARY_FIELDS)
            hint = f"did you mean `{near}`?" if near else ""
            if key in MODEL:
                hint = "a file that is included holds blocks, no model"
            elif key in ("semantics", "layout", "defaults"):
                hint = "a library takes those of the spec that includes it"
            hint = hint or f"known: {', '.join(LIBRARY_FIELDS)}"
            self.problems.add("unknown-key", f"a library has no `{key}`", at, hint)
        version = root.items.get("specgraph")
        if version is not None and version.plain() != 1:
            message = f"there is no version {show(version.plain())} of the language"
            hint = "this version of specgraph reads `specgraph: 1`"
            self.problems.add("bad-value", message, version, hint)

    def _clash(self, block: Block, first: Block) -> None:
        message = f"there is another block `{block.name}`"
        hint = f"it stands at {first.at.at}; rename one of them"
        self.problems.add("duplicate-name", message, block.at, hint)


def _real(name: str) -> str:
    return os.path.realpath(name)


def _linked(root: str, place: str) -> bool:
    """Whether a link stands on the way from the root to a place."""
    path = Path(root)
    for part in Path(place).relative_to(root).parts:
        path /= part
        if os.path.islink(path):
            return True
    return False
