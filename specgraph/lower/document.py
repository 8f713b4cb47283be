"""Documents with optional line breaks, and the choice of which breaks to take.

The algebra and the algorithm are those of ruff's formatter (`ruff_formatter`), kept
to what a file without comments inside statements needs: a document is a piece of
text, a list of documents, or one of the nodes below. A group is printed flat if what
follows, up to the next line break, fits in the line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from specgraph.lower.literals import width

WIDTH = 88
INDENT = 4


class Break(Enum):
    """A possible line break: nothing or a space when flat, or never flat."""

    SOFT = 0
    SPACE = 1
    HARD = 2


@dataclass(slots=True)
class Group:
    """Flat if it fits; `key` lets other nodes ask how it was printed."""

    content: "Doc"
    key: int = 0
    expand: bool = False


@dataclass(slots=True)
class Indent:
    content: "Doc"


@dataclass(slots=True)
class IndentIfBroken:
    """Indented where the group `key` is broken."""

    content: "Doc"
    key: int


@dataclass(slots=True)
class When:
    """Printed only where the group `key` (0: the enclosing one) is (not) broken."""

    content: "Doc"
    broken: bool
    key: int = 0


@dataclass(slots=True)
class GroupIfBroken:
    """A group where the group `key` is broken, plain content elsewhere."""

    content: "Doc"
    key: int


@dataclass(slots=True)
class FitsBroken:
    """Counts as fitting where its lines fit once broken, while `key` is flat."""

    content: "Doc"
    key: int


@dataclass(slots=True)
class Variants:
    """The first that fits flat; else the last, broken."""

    choices: "list[Doc]"


@dataclass(slots=True)
class ParenthesesIfHelpful:
    """Gains parentheses and a line of its own where that makes it fit."""

    content: "Doc"
    key: int


@dataclass(slots=True)
class Mark:
    """Where the expression tagged `tag` begins or ends."""

    tag: object
    end: bool


@dataclass(slots=True)
class Suffix:
    """Room for a trailing comment."""

    width: int


@dataclass(slots=True)
class _Close:
    """The end of parentheses that turned out helpful."""


Doc: TypeAlias = (
    str
    | list["Doc"]
    | Break
    | Group
    | Indent
    | IndentIfBroken
    | When
    | GroupIfBroken
    | FitsBroken
    | Variants
    | ParenthesesIfHelpful
    | Mark
    | Suffix
    | _Close
)


# How far a measurement reads, and whether long lines matter to it.
_FIRST_LINE, _ALL_LINES, _ALL_LINES_MAY_OVERFLOW = range(3)

_Todo: TypeAlias = tuple[int, bool, Doc]  # indentation, broken, what
_Measured: TypeAlias = tuple[int, bool, int, Doc]  # the third of the above
Position: TypeAlias = tuple[int, int]  # line and UTF-8 column, both from 0
_CLOSE = _Close()


class Layout:
    """Prints one document; `crowded` where a comment at its end left it no room."""

    def __init__(self, indent: int) -> None:
        self.lines: list[str] = []
        self.marks: list[tuple[object, Position, Position]] = []
        self.crowded = False
        self._indent = indent
        self._line: list[str] = []
        self._width = 0
        self._pending = indent
        self._measured = False
        self._broken: dict[int, bool] = {}
        self._todo: list[_Todo] = []
        self._open: list[Position] = []

    def print(self, doc: Doc) -> list[str]:
        """The lines, without the trailing newline."""
        todo = self._todo
        todo.append((self._indent, True, doc))
        while todo:
            indent, broken, node = todo.pop()
            kind = type(node)
            if kind is str:
                self._text(node)  # type: ignore[arg-type]
            elif kind is list:
                parts: list[Doc] = node  # type: ignore[assignment]
                todo.extend([(indent, broken, part) for part in parts[::-1]])
            else:
                _PRINT[kind](self, indent, broken, node)
        self._newline()
        return self.lines

    def _text(self, text: str) -> None:
        if self._pending:
            self._line.append(" " * self._pending)
            self._width += self._pending
            self._pending = 0
        self._line.append(text)
        self._width += len(text) if text.isascii() else width(text)

    def _newline(self) -> None:
        if self._line:
            self.lines.append("".join(self._line))
            self._line = []
            self._width = 0
            self._measured = False

    def _break(self, indent: int, broken: bool, kind: Break) -> None:
        if not broken and kind is not Break.HARD:
            if kind is Break.SPACE:
                self._text(" ")
            return
        self._newline()
        self._pending = indent

    def _group(self, indent: int, broken: bool, node: Group) -> None:
        mode = node.expand
        if not mode and (broken or not self._measured):
            mode = self._breaks(indent, node.content, node.key)
        if node.key:
            self._broken[node.key] = mode
        self._todo.append((indent, mode, node.content))

    def _breaks(self, indent: int, content: Doc, key: int) -> bool:
        """Whether a group does not fit on the line."""
        self._measured = True
        if key:
            self._broken[key] = False
        return not self._fits([(indent, False, _FIRST_LINE, content)])

    def _deeper(self, indent: int, broken: bool, node: Indent) -> None:
        self._todo.append((indent + INDENT, broken, node.content))

    def _deeper_if(self, indent: int, broken: bool, node: IndentIfBroken) -> None:
        more = INDENT if self._broken[node.key] else 0
        self._todo.append((indent + more, broken, node.content))

    def _when(self, indent: int, broken: bool, node: When) -> None:
        if node.broken == (self._broken[node.key] if node.key else broken):
            self._todo.append((indent, broken, node.content))

    def _group_if(self, indent: int, broken: bool, node: GroupIfBroken) -> None:
        mode = broken
        if self._broken[node.key] and (broken or not self._measured):
            mode = self._breaks(indent, node.content, 0)
        self._todo.append((indent, mode, node.content))

    def _fits_broken(self, indent: int, broken: bool, node: FitsBroken) -> None:
        if not self._broken[node.key]:
            self._measured = False
        self._todo.append((indent, broken, node.content))

    def _variants(self, indent: int, broken: bool, node: Variants) -> None:
        *others, last = node.choices
        if not broken and self._measured:
            self._todo.append((indent, False, node.choices[0]))
            return
        self._measured = True
        for choice in others:
            if self._fits([(indent, False, _FIRST_LINE, choice)]):
                self._todo.append((indent, False, choice))
                return
        self._todo.append((indent, True, last))

    def _parentheses(
        self, indent: int, broken: bool, node: ParenthesesIfHelpful
    ) -> None:
        inside, content = indent + INDENT, node.content
        mode = (broken or not self._measured) and self._breaks(
            indent, content, node.key
        )
        if mode:
            self._broken[node.key] = True
            mode = self._fits(
                [
                    (indent, broken, _ALL_LINES, _CLOSE),
                    (inside, broken, _ALL_LINES, content),
                    (inside, broken, _ALL_LINES, Break.HARD),
                    (indent, broken, _ALL_LINES, "("),
                ]
            )
        self._broken[node.key] = mode
        if not mode:
            self._todo.append((indent, False, content))
            return
        self._todo.append((indent, True, _CLOSE))
        self._todo.append((inside, True, content))
        self._todo.append((inside, True, Break.HARD))
        self._todo.append((indent, True, "("))

    def _close(self, indent: int, broken: bool, node: _Close) -> None:
        self._newline()
        self._pending = indent
        self._text(")")

    def _mark(self, indent: int, broken: bool, node: Mark) -> None:
        column = sum(len(part.encode()) for part in self._line) + self._pending
        here = (len(self.lines), column)
        if node.end:
            self.marks.append((node.tag, self._open.pop(), here))
        else:
            self._open.append(here)

    def _suffix(self, indent: int, broken: bool, node: Suffix) -> None:
        self._width += node.width

    def _fits(self, stack: list[_Measured]) -> bool:
        """Whether the stack and what follows it fit, up to the next line break."""
        rest = len(self._todo)
        used, pending = self._width, self._pending
        while True:
            if stack:
                indent, broken, measure, node = stack.pop()
            elif rest:
                rest -= 1
                indent, broken, node = self._todo[rest]
                measure = _FIRST_LINE
            else:
                return True
            kind = type(node)
            if kind is Break:
                if not broken and node is Break.SPACE:
                    kind, node = str, " "
                elif not broken:
                    if node is Break.HARD:
                        return True
                elif measure == _FIRST_LINE:
                    return True
                else:
                    used, pending = 0, indent
            elif kind is _Close:
                used, pending = 0, indent
                kind, node = str, ")"
            if kind is str:
                text: str = node  # type: ignore[assignment]
                used += pending + (len(text) if text.isascii() else width(text))
                pending = 0
                if used > WIDTH and measure != _ALL_LINES_MAY_OVERFLOW:
                    return False
            elif kind is list:
                parts: list[Doc] = node  # type: ignore[assignment]
                stack.extend([(indent, broken, measure, p) for p in parts[::-1]])
            elif kind is Suffix:
                used += node.width  # type: ignore[union-attr]
                if used > WIDTH:
                    self.crowded = True
                    return False
            elif kind is not Break and kind is not Mark:
                stack.extend(self._measure(indent, broken, measure, node))

    def _measure(
        self, indent: int, broken: bool, measure: int, node: Doc
    ) -> tuple[_Measured, ...]:
        """What a node comes to while measuring."""
        if isinstance(node, Group):
            broken = broken or node.expand
            if node.key:
                self._broken[node.key] = broken
        elif isinstance(node, When):
            if node.broken != (self._broken[node.key] if node.key else broken):
                return ()
        elif isinstance(node, Indent):
            indent += INDENT
        elif isinstance(node, IndentIfBroken):
            indent += INDENT if self._broken[node.key] else 0
        elif isinstance(node, FitsBroken):
            if not broken and not self._broken[node.key]:
                broken, measure = True, _ALL_LINES_MAY_OVERFLOW
        elif isinstance(node, Variants):
            chosen = node.choices[-1 if broken else 0]
            return ((indent, broken, measure if broken else _FIRST_LINE, chosen),)
        elif isinstance(node, ParenthesesIfHelpful):
            self._broken[node.key] = broken
        elif not isinstance(node, GroupIfBroken):
            raise TypeError(f"{type(node).__name__} is no document")
        return ((indent, broken, measure, node.content),)


_PRINT: dict[type, Callable[[Layout, int, bool, Any], None]] = {
    Break: Layout._break,
    Group: Layout._group,
    Indent: Layout._deeper,
    IndentIfBroken: Layout._deeper_if,
    When: Layout._when,
    GroupIfBroken: Layout._group_if,
    FitsBroken: Layout._fits_broken,
    Variants: Layout._variants,
    ParenthesesIfHelpful: Layout._parentheses,
    Mark: Layout._mark,
    Suffix: Layout._suffix,
    _Close: Layout._close,
}
