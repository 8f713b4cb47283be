"""The printer: a code model to a file that `ruff format` leaves as it is."""

from dataclasses import dataclass
from enum import Enum

from specgraph.lower.document import WIDTH, Doc, Layout, Position, Suffix
from specgraph.lower.flat import Line
from specgraph.lower.literals import comment, docstring_lines, width
from specgraph.lower.oneline import ONE_LINE
from specgraph.lower.pycode import (
    AnnAssign,
    Assign,
    AugAssign,
    Blank,
    ClassDef,
    CommentLine,
    Docstring,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Include,
    Module,
    Return,
    Stmt,
    With,
)
from specgraph.lower.statements import broken, decorator, moves_comment


@dataclass(slots=True, frozen=True)
class Range:
    """As in `ast`: lines from 1, columns from 0 in bytes of UTF-8, the end excluded."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(slots=True)
class Printed:
    """The text of a file, and where each tag's expression or statement lies in it."""

    text: str
    ranges: list[tuple[object, Range]]


class _Block(Enum):
    """What a block of statements is the body of."""

    MODULE = 0
    FUNCTION = 1
    CLASS = 2
    OTHER = 3


def print_module(module: Module) -> Printed:
    """The file; ValueError for a name or an operator that Python does not take."""
    return _Printer().module(module)


class _Printer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.ranges: list[tuple[object, Range]] = []
        self._line = Line(set())
        self._end: Position = (0, 0)  # of the last statement, without its comment

    def module(self, module: Module) -> Printed:
        self.lines.extend(docstring_lines(module.docstring, ""))
        self.lines.extend(comment(text) for text in module.header_comments)
        if module.body:
            self._suite(module.body, "", _Block.MODULE)
        return Printed("\n".join([*self.lines, ""]), self.ranges)

    def _suite(self, body: list[Stmt], indent: str, block: _Block) -> None:
        """The statements of a block, with the empty lines between them."""
        before: Stmt | None = None  # the statement above
        attached = blank = False  # a comment for the statement below; a Blank
        for position, node in enumerate(body):
            if isinstance(node, Blank):
                blank = before is not None or attached
                continue
            if isinstance(node, Docstring) and not docstring_lines(node.text, indent):
                continue
            gap = int(blank)
            if not attached:
                gap = self._gap(before, body, position, block, blank)
            elif blank and block is _Block.MODULE and _defines(node):
                gap = 2
            self.lines.extend([""] * gap)
            blank = False
            attached = isinstance(node, CommentLine)
            if isinstance(node, CommentLine):
                self.lines.append(indent + comment(node.text))
                continue
            self._statement(node, indent, first=before is None)
            before = node
        if before is None or attached:
            raise ValueError("a block must end in a statement")

    def _gap(
        self,
        before: Stmt | None,
        body: list[Stmt],
        position: int,
        block: _Block,
        blank: bool,
    ) -> int:
        """Empty lines above a statement, or above the comments that belong to it."""
        node = _commented(body, position)
        commented = node is not body[position]
        if before is None and block is _Block.MODULE:
            return 1 + _defines(node) if self.lines else 0
        if before is None:
            return int(block is _Block.OTHER and _defines(node) and not commented)
        if _defines(node) or _ends_in_definition(before):
            return 2 if block is _Block.MODULE else 1
        if isinstance(before, Import | ImportFrom):
            return int(blank or commented or not isinstance(node, Import | ImportFrom))
        if isinstance(before, Docstring) and block is _Block.CLASS:
            return 1
        return int(blank)

    def _statement(self, node: Stmt, indent: str, first: bool) -> None:
        if isinstance(node, Docstring):
            if not first:
                raise ValueError("a docstring comes first in its block")
            self._append(docstring_lines(node.text, indent))
            return
        if isinstance(node, Include):
            if indent:
                raise ValueError(f"{node.name} is included below the top of the file")
            start = (len(self.lines), 0)
            self._append(node.source.split("\n"))
        elif isinstance(node, Blank | CommentLine):
            raise TypeError(f"{type(node).__name__} is no statement")
        else:
            start = self._own_lines(node, indent)
        if node.tag is not None:
            self._record(node.tag, start, self._end)

    def _own_lines(self, node: Stmt, indent: str, prefix: str = "") -> Position:
        """Prints a statement and its blocks; where it starts."""
        if isinstance(node, FunctionDef | ClassDef):
            for expr in node.decorators:
                self._decorator(expr, indent)
        start = len(self.lines)
        self._header(node, indent, prefix)
        inside = indent + "    "
        if isinstance(node, FunctionDef):
            self._suite(node.body, inside, _Block.FUNCTION)
        elif isinstance(node, ClassDef):
            self._suite(node.body, inside, _Block.CLASS)
        elif isinstance(node, If | For | With):
            self._suite(node.body, inside, _Block.OTHER)
        if isinstance(node, If) and node.orelse:
            self._orelse(node.orelse, indent)
        return start, len(indent)

    def _orelse(self, body: list[Stmt], indent: str) -> None:
        only = body[0]
        if len(body) == 1 and isinstance(only, If):
            start = self._own_lines(only, indent, "el")
            if only.tag is not None:
                self._record(only.tag, start, self._end)
            return
        self.lines.append(indent + "else:")
        self._suite(body, indent + "    ", _Block.OTHER)

    def _header(self, node: Stmt, indent: str, prefix: str) -> None:
        """A simple statement, or a compound one up to its colon."""
        line = self._line
        if prefix:
            line.parts.append(prefix)
        ONE_LINE[type(node)](line, node)
        text, marks = line.take()
        text = indent + text
        remark = _remark(node)
        if len(text) > WIDTH or width(text) > WIDTH:
            inline = remark and moves_comment(node)
            doc = broken(line, node)
            self._layout([prefix, doc], indent, "" if inline else remark)
            return
        row, shift = len(self.lines), len(indent)
        for tag, start, end in marks:
            first, last = start + shift, end + shift
            if not text.isascii():
                first = len(text[:first].encode())
                last = len(text[:last].encode())
            self._record(tag, (row, first), (row, last))
        self._append([text])
        if remark and width(text) + _room(remark) <= WIDTH:
            self.lines[-1] = text + remark

    def _layout(self, doc: Doc, indent: str, remark: str = "") -> None:
        """Several lines; the remark only where it moves none of their breaks."""
        row = len(self.lines)
        layout = Layout(len(indent))
        if remark:
            room = _room(remark)
            layout.print([doc, Suffix(room)])
            if layout.crowded or width(layout.lines[-1]) + room > WIDTH:
                remark, layout = "", Layout(len(indent))
        self._append(layout.lines if remark else layout.print(doc))
        self.lines[-1] += remark
        for tag, (line, column), (end_line, end_column) in layout.marks:
            self._record(tag, (row + line, column), (row + end_line, end_column))

    def _decorator(self, node: Expr, indent: str) -> None:
        line = self._line
        line.write(node)
        line.take()  # checked; the layout of one that fits is the same line
        self._layout(decorator(line, node), indent)

    def _append(self, lines: list[str]) -> None:
        self.lines.extend(lines)
        if lines:
            self._end = len(self.lines) - 1, len(lines[-1].encode())

    def _record(self, tag: object, start: Position, end: Position) -> None:
        place = Range(start[0] + 1, start[1], end[0] + 1, end[1])
        self.ranges.append((tag, place))


def _remark(node: Stmt) -> str:
    """The comment to end a statement with, spaces and `#` included."""
    if not isinstance(node, Assign | AnnAssign | AugAssign | ExprStmt | Return):
        return ""
    if not node.comment:
        return ""
    text = comment(node.comment)
    return f"  {text}" if text != "#" else ""


def _room(remark: str) -> int:
    """Columns that are certain to hold a remark: no character is wider than two."""
    return len(remark) + sum(not char.isascii() for char in remark)


def _commented(body: list[Stmt], position: int) -> Stmt:
    """The statement at a position, or the one below the comments that start there."""
    for at in range(position, len(body)):
        node = body[at]
        if not isinstance(node, CommentLine | Blank):
            return node
    raise ValueError("a block must end in a statement")


def _defines(node: Stmt) -> bool:
    return isinstance(node, FunctionDef | ClassDef) or (
        isinstance(node, Include) and node.defines
    )


def _ends_in_definition(node: Stmt) -> bool:
    """A definition, or a block that ends in one."""
    while isinstance(node, If | For | With):
        node = ((isinstance(node, If) and node.orelse) or node.body)[-1]
    return _defines(node)
