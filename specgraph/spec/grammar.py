"""The grammar of expressions: Python's, cut down to what a spec may say."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache

from specgraph.diagnostics import closest
from specgraph.spec.arithmetic import FUNCTIONS, OPERATORS

MAX_LENGTH = 2_000
"""Characters in an expression."""
MAX_NESTING = 50
"""Parts inside each other."""

_LINE_ENDS = re.compile(r"[\r\n\f\v]")
_STRING = re.compile(
    r"""'''(?:[^'\\]|\\.|'(?!''))*'''|\"""(?:[^"\\]|\\.|"(?!""))*\"""
    |'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""",
    re.VERBOSE,
)
_FOREIGN = re.compile(r"[^ -~\t]|[#\\]")
SHAPED = ("channels", "rank", "shape")
"""What an expression may ask of a value of the model."""

_WORDS: dict[type[ast.AST], str] = {
    ast.Attribute: "an attribute",
    ast.Await: "await",
    ast.Dict: "a mapping",
    ast.DictComp: "a comprehension",
    ast.FormattedValue: "an f-string",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "an f-string",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.NamedExpr: "an assignment",
    ast.Set: "a set",
    ast.SetComp: "a comprehension",
    ast.Starred: "a starred value",
    ast.Tuple: "a tuple",
    ast.Is: "'is'",
    ast.IsNot: "'is not'",
    ast.BitAnd: "'&'",
    ast.BitOr: "'|'",
    ast.BitXor: "'^'",
    ast.Invert: "'~'",
    ast.LShift: "'<<'",
    ast.MatMult: "'@'",
    ast.RShift: "'>>'",
}
_ALLOWED = (
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.List,
    ast.Name,
    ast.Slice,
)
_SIGNS = (ast.operator, ast.unaryop, ast.cmpop)
_MAY = (
    "numbers, strings, booleans, lists, + - * / // % **, comparisons, and or not, "
    f"x if c else y, indexing, {' '.join(FUNCTIONS)}, input.channels, input.rank and "
    "input.shape[i] may stand here"
)


class ExprError(Exception):
    """An expression that has no value; `offset` counts characters of its text."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message, offset, hint)
        self.message = message
        self.offset = offset
        self.hint = hint

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression that keeps to the grammar."""

    text: str
    start: int
    """Characters of white space before it."""
    tree: ast.expr
    names: tuple[tuple[str, int], ...]
    """Every name it mentions, and where."""

    def offset(self, node: ast.AST) -> int:
        """Where a part stands in the text."""
        return _offset(self.text, self.start, node)


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> Parsed:
    """The tree of an expression; ExprError if it says what a spec may not say."""
    if len(text) > MAX_LENGTH:
        raise ExprError(
            f"an expression of {len(text):,} characters; the limit is {MAX_LENGTH:,}", 0
        )
    source = _LINE_ENDS.sub(" ", text)
    start = len(source) - len(source.lstrip(" \t"))
    found = _FOREIGN.search(_STRING.sub(lambda match: "_" * len(match[0]), source))
    if found:
        raise ExprError(
            f"the character {found[0]!a} cannot stand in an expression",
            found.start(),
            "names and operators are plain ASCII",
        )
    tree = _tree(source, start)
    names = tuple(_checked(tree, text, start))
    return Parsed(text, start, tree, names)


def _tree(source: str, start: int) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source[start:], mode="eval").body
    except SyntaxError as error:
        offset = min(
            start + error.offset - 1 if error.offset else len(source), len(source)
        )
        reason = error.msg.partition(" (")[0]
    except (MemoryError, RecursionError):  # where the stack of CPython's parser ends
        offset, reason = start, "too many brackets inside each other"
    except ValueError as error:
        offset, reason = start, str(error)
    if not source.strip():
        reason = "it is empty"
    raise ExprError(f"not an expression: {reason}", offset)


def _checked(tree: ast.expr, text: str, start: int) -> list[tuple[str, int]]:
    """The names in a tree, all of whose parts are allowed."""
    names: list[tuple[str, int]] = []
    level: list[ast.AST] = [tree]
    for _ in range(MAX_NESTING):
        below: list[ast.AST] = []
        for node in level:
            below += _parts(node, text, start)
            if isinstance(node, ast.Name):
                names.append((node.id, _offset(text, start, node)))
        if not below:
            return names
        level = below
    raise ExprError(
        f"the expression is nested more than {MAX_NESTING} deep, the limit", start
    )


def _parts(node: ast.AST, text: str, start: int) -> list[ast.AST]:
    """The parts of an allowed node that are expressions themselves."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str()):
            return []
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            if name in FUNCTIONS:
                return list(args)
            raise _no_function(name, _offset(text, start, node))
        case ast.Attribute(value=ast.Name() as name, attr="channels" | "rank"):
            return [name]
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name() as name, attr="shape"),
            slice=ast.expr() as axis,
        ) if not isinstance(axis, ast.Slice):
            return [name, axis]
        case ast.Subscript(value=value, slice=index):
            return [value, index]
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            raise _no_attribute(name, attr, _offset(text, start, node))
        case _ if isinstance(node, _ALLOWED):
            return _children(node, text, start)
    raise _not_allowed(node, _offset(text, start, node))


def _children(node: ast.AST, text: str, start: int) -> list[ast.AST]:
    """The expressions in a node; an operator that is refused is told at the node."""
    parts: list[ast.AST] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            parts.append(child)
        elif isinstance(child, _SIGNS) and type(child) not in OPERATORS:
            raise _not_allowed(child, _offset(text, start, node))
    return parts


def _no_function(name: str, offset: int) -> ExprError:
    meant = closest(name, FUNCTIONS)
    hint = f"did you mean {meant}?" if meant else f"there are {', '.join(FUNCTIONS)}"
    return ExprError(f"unknown function {name!r}", offset, hint)


def _no_attribute(name: str, attr: str, offset: int) -> ExprError:
    if attr == "shape":
        return ExprError(
            f"{name}.shape is asked for one axis at a time", offset, f"{name}.shape[1]"
        )
    meant = closest(attr, SHAPED)
    hint = f"did you mean {name}.{meant}?" if meant else _MAY
    return ExprError(f"no attribute {attr!r} in expressions", offset, hint)


def _not_allowed(node: ast.AST, offset: int) -> ExprError:
    match node:
        case ast.Call(keywords=[_, *_]):
            what = "a keyword argument"
        case ast.Call():
            what = "a call of anything but a function's name"
        case ast.Constant(value=value):
            what = "'...'" if value is ... else repr(value)[:40]
        case _:
            what = _WORDS.get(type(node), type(node).__name__)
    return ExprError(f"{what} cannot stand in an expression", offset, _MAY)


def _offset(text: str, start: int, node: ast.AST) -> int:
    """Syntax trees count UTF-8 bytes; people count characters."""
    column: int = getattr(node, "col_offset", 0)
    body = text[start:]
    if not body.isascii():
        column = len(body.encode(errors="replace")[:column].decode(errors="replace"))
    return start + column
