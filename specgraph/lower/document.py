"""Documents with optional line breaks, and the choice of which breaks to take.

The algebra and the algorithm are those of ruff's formatter (`ruff_formatter`), kept
to what a file without comments inside statements needs: a document is a piece of
text, a list of documents, or one of the nodes below. A group is printed flat if what
follows, up to the next line break, fits in the line.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

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


class Measure(Enum):
    """How far a measurement reads, and whether long lines matter to it."""

    FIRST_LINE = 0
    ALL_LINES = 1
    ALL_LINES_MAY_OVERFLOW = 2


_Todo: TypeAlias = tuple[int, bool, Doc]  # indentation, broken, what
_Measured: TypeAlias = tuple[int, bool, Measure, Doc]
Position: TypeAlias = tuple[int, int]  # line and UTF-8 column, both from 0
_CLOSE = _Close()


class Layout:
    """Prints one document."""

    def __init__(self, indent: int) -> None:
        self.lines: list[str] = []
        self.marks: list[tuple[object, Position, Position]] = []
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
            if isinstance(node, str):
                self._text(node)
            elif isinstance(node, list):
                for part in reversed(node):
                    todo.append((indent, broken, part))
            elif isinstance(node, Break):
                self._break(indent, broken, node)
            else:
                self._node(indent, broken, node)
        self._newline()
        return self.lines

    def _text(self, text: str) -> None:
        if self._pending:
            self._line.append(" " * self._pending)
            self._width += self._pending
            self._pending = 0
        self._line.append(text)
        self._width += width(text)

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

    def _node(self, indent: int, broken: bool, node: Doc) -> None:
        todo = self._todo
        match node:
            case Group(content, key, expand):
                mode = expand or self._group_breaks(indent, broken, content, key)
                if key:
                    self._broken[key] = mode
                todo.append((indent, mode, content))
            case Indent(content):
                todo.append((indent + INDENT, broken, content))
            case IndentIfBroken(content, key):
                more = INDENT if self._broken[key] else 0
                todo.append((indent + more, broken, content))
            case When(content, wanted, key):
                if wanted == (self._broken[key] if key else broken):
                    todo.append((indent, broken, content))
            case GroupIfBroken(content, key):
                mode = broken
                if self._broken[key]:
                    mode = self._group_breaks(indent, broken, content, 0)
                todo.append((indent, mode, content))
            case FitsBroken(content, key):
                if not self._broken[key]:
                    self._measured = False
                todo.append((indent, broken, content))
            case Variants(choices):
                self._variants(indent, broken, choices)
            case ParenthesesIfHelpful(content, key):
                self._maybe_parenthesize(indent, broken, node)
            case _Close():
                self._newline()
                self._pending = indent
                self._text(")")
            case Mark(tag, end):
                self._mark(tag, end)
            case Suffix(columns):
                self._width += columns

    def _mark(self, tag: object, end: bool) -> None:
        if not end:
            self._open.append(self._position())
            return
        self.marks.append((tag, self._open.pop(), self._position()))

    def _position(self) -> Position:
        column = sum(len(part.encode()) for part in self._line) + self._pending
        return len(self.lines), column

    def _group_breaks(self, indent: int, broken: bool, content: Doc, key: int) -> bool:
        if not broken and self._measured:
            return False
        self._measured = True
        if key:
            self._broken[key] = False
        return not self._fits([(indent, False, Measure.FIRST_LINE, content)])

    def _variants(self, indent: int, broken: bool, choices: list[Doc]) -> None:
        if not broken and self._measured:
            self._todo.append((indent, False, choices[0]))
            return
        self._measured = True
        for choice in choices[:-1]:
            if self._fits([(indent, False, Measure.FIRST_LINE, choice)]):
                self._todo.append((indent, False, choice))
                return
        self._todo.append((indent, True, choices[-1]))

    def _maybe_parenthesize(
        self, indent: int, broken: bool, node: ParenthesesIfHelpful
    ) -> None:
        inside = indent + INDENT
        mode = self._group_breaks(indent, broken, node.content, node.key)
        if mode:
            self._broken[node.key] = True
            lines = Measure.ALL_LINES
            mode = self._fits(
                [
                    (indent, broken, lines, _CLOSE),
                    (inside, broken, lines, node.content),
                    (inside, broken, lines, Break.HARD),
                    (indent, broken, lines, "("),
                ]
            )
        self._broken[node.key] = mode
        if not mode:
            self._todo.append((indent, False, node.content))
            return
        self._todo.append((indent, True, _CLOSE))
        self._todo.append((inside, True, node.content))
        self._todo.append((inside, True, Break.HARD))
        self._todo.append((indent, True, "("))

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
                measure = Measure.FIRST_LINE
            else:
                return True
            if isinstance(node, str):
                used += pending + width(node)
                pending = 0
                if used > WIDTH and measure is not Measure.ALL_LINES_MAY_OVERFLOW:
                    return False
            elif isinstance(node, list):
                for part in reversed(node):
                    stack.append((indent, broken, measure, part))
            elif isinstance(node, Break):
                if not broken:
                    if node is Break.HARD:
                        return True
                    if node is Break.SPACE:
                        stack.append((indent, broken, measure, " "))
                elif measure is Measure.FIRST_LINE:
                    return True
                else:
                    used, pending = 0, indent
            elif isinstance(node, Suffix):
                used += node.width
                if used > WIDTH:
                    return False
            elif isinstance(node, _Close):
                used, pending = 0, indent
                stack.append((indent, broken, Measure.ALL_LINES, ")"))
            else:
                self._measure(indent, broken, measure, node, stack)

    def _measure(
        self,
        indent: int,
        broken: bool,
        measure: Measure,
        node: Doc,
        stack: list[_Measured],
    ) -> None:
        """Push what a node comes to while measuring."""
        match node:
            case Group(content, key, expand):
                broken = broken or expand
                if key:
                    self._broken[key] = broken
                stack.append((indent, broken, measure, content))
            case Indent(content):
                stack.append((indent + INDENT, broken, measure, content))
            case IndentIfBroken(content, key):
                more = INDENT if self._broken[key] else 0
                stack.append((indent + more, broken, measure, content))
            case When(content, wanted, key):
                if wanted == (self._broken[key] if key else broken):
                    stack.append((indent, broken, measure, content))
            case GroupIfBroken(content):
                stack.append((indent, broken, measure, content))
            case FitsBroken(content, key):
                if not broken and not self._broken[key]:
                    broken, measure = True, Measure.ALL_LINES_MAY_OVERFLOW
                stack.append((indent, broken, measure, content))
            case Variants(choices):
                if not broken:
                    measure = Measure.FIRST_LINE
                chosen = choices[-1 if broken else 0]
                stack.append((indent, broken, measure, chosen))
            case ParenthesesIfHelpful(content, key):
                self._broken[key] = broken
                stack.append((indent, broken, measure, content))
