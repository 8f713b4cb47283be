"""Expressions on one line, and where in it the tagged ones are."""

from collections.abc import Callable, Sequence
from typing import Any

from specgraph.lower.literals import escaped, literal
from specgraph.lower.precedence import (
    ANY,
    BITWISE_OR,
    DISJUNCTION,
    PRIMARY,
    TERNARY,
    bare,
    base_floor,
    binding,
    hugs_operator,
    left_floor,
    operand_floor,
    right_floor,
    spaced_slice,
)
from specgraph.lower.pycode import (
    Attr,
    BinOp,
    BoolOp,
    Call,
    Compare,
    Comprehension,
    Const,
    Dict,
    Expr,
    FString,
    IfExp,
    List,
    Name,
    Slice,
    Starred,
    Subscript,
    Tagged,
    Tuple,
    UnaryOp,
    identifier,
)


class Line:
    """Pieces of one line; `marks` are (tag, first piece, piece after the last)."""

    __slots__ = ("known", "marks", "parts")

    def __init__(self, known: set[str]) -> None:
        self.parts: list[str] = []
        self.marks: list[tuple[object, int, int]] = []
        self.known = known

    def name(self, text: str) -> str:
        """`text`, checked once a file."""
        if text not in self.known:
            self.known.add(identifier(text))
        return text

    def write(self, node: Expr, floor: int = ANY) -> None:
        writer = _WRITERS.get(type(node))
        if writer is None:
            raise TypeError(f"{type(node).__name__} is no expression of the model")
        if floor and type(node) is not Name and binding(node) < floor:
            if type(node) is Tagged:
                self._tagged_in_parentheses(node)
                return
            self.parts.append("(")
            writer(self, node)
            self.parts.append(")")
        else:
            writer(self, node)

    def _tagged_in_parentheses(self, node: Tagged) -> None:
        self.parts.append("(")
        self.write(node)
        self.parts.append(")")

    def items(self, nodes: Sequence[Expr]) -> None:
        """Comma-separated."""
        for position, node in enumerate(nodes):
            if position:
                self.parts.append(", ")
            self.write(node)

    def take(self) -> tuple[str, list[tuple[object, int, int]]]:
        """The text written so far with (tag, start, end) offsets; starts anew."""
        text = "".join(self.parts)
        marks: list[tuple[object, int, int]] = []
        if self.marks:
            offsets = [0]
            for part in self.parts:
                offsets.append(offsets[-1] + len(part))
            marks = [(tag, offsets[a], offsets[b]) for tag, a, b in self.marks]
        self.parts, self.marks = [], []
        return text, marks


def _name(line: Line, node: Name) -> None:
    line.parts.append(line.name(node.id))


def _attr(line: Line, node: Attr) -> None:
    value = node.value
    if type(value) is Name:
        line.parts.append(f"{line.name(value.id)}.{line.name(node.attr)}")
    else:
        line.write(value, base_floor(value))
        line.parts.append("." + line.name(node.attr))


def _const(line: Line, node: Const) -> None:
    line.parts.append(literal(node.value))


def _call(line: Line, node: Call) -> None:
    line.write(node.func, PRIMARY)
    parts = line.parts
    if len(node.args) == 1 and not node.kwargs:
        only = bare(node.args[0])
        if type(only) is Comprehension and only.generator:
            line.write(node.args[0])  # shares the parentheses of the call
            return
    parts.append("(")
    line.items(node.args)
    separator = ", " if node.args else ""
    for name, value in node.kwargs:
        parts.append(
            f"{separator}**" if name is None else f"{separator}{line.name(name)}="
        )
        line.write(value, BITWISE_OR if name is None else ANY)
        separator = ", "
    parts.append(")")


def _subscript(line: Line, node: Subscript) -> None:
    line.write(node.value, PRIMARY)
    line.parts.append("[")
    index = node.index
    if type(index) is Tuple and index.items:
        line.items(index.items)
        if len(index.items) == 1:
            line.parts.append(",")
    else:
        line.write(index)
    line.parts.append("]")


def _slice(line: Line, node: Slice) -> None:
    parts, space = line.parts, " " if spaced_slice(node) else ""
    if node.lower is not None:
        line.write(node.lower)
        parts.append(space)
    parts.append(":")
    if node.upper is not None:
        parts.append(space)
        line.write(node.upper)
    if node.step is not None:
        parts.append(f"{space}:{space}" if node.upper is not None else f":{space}")
        line.write(node.step)


def _tuple(line: Line, node: Tuple) -> None:
    line.parts.append("(")
    line.items(node.items)
    line.parts.append(",)" if len(node.items) == 1 else ")")


def _list(line: Line, node: List) -> None:
    line.parts.append("[")
    line.items(node.items)
    line.parts.append("]")


def _dict(line: Line, node: Dict) -> None:
    separator = "{"
    for key, value in node.items:
        line.parts.append(separator)
        if key is None:
            line.parts.append("**")
            line.write(value, BITWISE_OR)
        else:
            line.write(key)
            line.parts.append(": ")
            line.write(value)
        separator = ", "
    line.parts.append("}" if node.items else "{}")


def _bin_op(line: Line, node: BinOp) -> None:
    binding(node)  # checks the operator
    line.write(node.left, left_floor(node))
    line.parts.append(node.op if hugs_operator(node) else f" {node.op} ")
    line.write(node.right, right_floor(node))


def _unary_op(line: Line, node: UnaryOp) -> None:
    binding(node)
    line.parts.append("not " if node.op == "not" else node.op)
    line.write(node.operand, operand_floor(node))


def _compare(line: Line, node: Compare) -> None:
    binding(node)
    line.write(node.left, BITWISE_OR)
    line.parts.append(f" {node.op} ")
    line.write(node.right, BITWISE_OR)


def _bool_op(line: Line, node: BoolOp) -> None:
    if len(node.operands) < 2:
        raise ValueError(f"`{node.op}` joins at least two operands")
    floor = binding(node) + 1
    line.write(node.operands[0], floor)
    for operand in node.operands[1:]:
        line.parts.append(f" {node.op} ")
        line.write(operand, floor)


def _if_exp(line: Line, node: IfExp) -> None:
    line.write(node.body, DISJUNCTION)
    line.parts.append(" if ")
    line.write(node.test, DISJUNCTION)
    line.parts.append(" else ")
    line.write(node.orelse, TERNARY)


def _starred(line: Line, node: Starred) -> None:
    line.parts.append("*")
    line.write(node.value, BITWISE_OR)


def _comprehension(line: Line, node: Comprehension) -> None:
    line.parts.append("(" if node.generator else "[")
    line.write(node.element)
    line.parts.append(" for ")
    write_target(line, node.target)
    line.parts.append(" in ")
    line.write(node.iter, DISJUNCTION)
    for condition in node.conditions:
        line.parts.append(" if ")
        line.write(condition, DISJUNCTION)
    line.parts.append(")" if node.generator else "]")


def write_target(line: Line, node: Expr) -> None:
    """A target or a value whose tuple needs no parentheses."""
    if type(node) is Tuple and len(node.items) > 1:
        line.items(node.items)
    else:
        line.write(node)


def _f_string(line: Line, node: FString) -> None:
    text = "".join(part for part in node.parts if isinstance(part, str))
    quote = "'" if text.count('"') > text.count("'") else '"'
    line.parts.append(f"f{quote}")
    for part in node.parts:
        if isinstance(part, str):
            line.parts.append(
                escaped(part, quote).replace("{", "{{").replace("}", "}}")
            )
            continue
        start = len(line.parts)
        line.parts.append("{")
        line.write(part)
        line.parts.append("}")
        inner = "".join(line.parts[start + 1 : -1])
        if any(char in inner for char in "\"'\\{}"):
            raise ValueError(f"an f-string cannot hold {inner}")
    line.parts.append(quote)


def _tagged(line: Line, node: Tagged) -> None:
    start = len(line.parts)
    line.write(node.expr)
    line.marks.append((node.tag, start, len(line.parts)))


_WRITERS: dict[type, Callable[[Line, Any], None]] = {
    Name: _name,
    Attr: _attr,
    Const: _const,
    Call: _call,
    Subscript: _subscript,
    Slice: _slice,
    Tuple: _tuple,
    List: _list,
    Dict: _dict,
    BinOp: _bin_op,
    UnaryOp: _unary_op,
    Compare: _compare,
    BoolOp: _bool_op,
    IfExp: _if_exp,
    Starred: _starred,
    Comprehension: _comprehension,
    FString: _f_string,
    Tagged: _tagged,
}
