"""Short ways to write code nodes: values become literals, names become dotted."""

from __future__ import annotations

from typing import TypeAlias

from specgraph.lower.pycode import (
    Attr,
    BinOp,
    Call,
    Const,
    Expr,
    List,
    Name,
    Subscript,
    Tuple,
    UnaryOp,
    dotted,
)
from specgraph.traced import formula_of

Literal: TypeAlias = "bool | int | float | str | tuple[Literal, ...] | None"
Argument: TypeAlias = "Expr | Literal"


def value(thing: Argument) -> Expr:
    """A Python value as a literal; an expression as it is."""
    if isinstance(thing, bool | str) or thing is None:
        return Const(thing)
    if isinstance(thing, int | float):
        return UnaryOp("-", Const(-thing)) if thing < 0 else Const(thing)
    if isinstance(thing, tuple):
        return Tuple([value(item) for item in thing])
    return thing


def call(function: str | Expr, *args: Argument, **kwargs: Argument) -> Call:
    """`function(…)`; a function given as text is a dotted name."""
    made = dotted(function) if isinstance(function, str) else function
    named: list[tuple[str | None, Expr]] = [(k, value(v)) for k, v in kwargs.items()]
    return Call(made, [value(arg) for arg in args], named)


def method(target: Expr, name: str, *args: Argument, **kwargs: Argument) -> Call:
    """`target.name(…)`."""
    return call(Attr(target, name), *args, **kwargs)


def binary(left: Argument, op: str, right: Argument) -> BinOp:
    """`left op right`."""
    return BinOp(value(left), op, value(right))


def item(target: Expr, *index: Argument) -> Subscript:
    """`target[index]`."""
    found = [value(one) for one in index]
    return Subscript(target, found[0] if len(found) == 1 else Tuple(found))


def name(text: str) -> Name:
    """A name."""
    return Name(text)


def listed(items: list[Expr]) -> List:
    """A list display."""
    return List(items)


def folded(operands: list[Expr], op: str) -> Expr:
    """`a op b op c`, from the left."""
    found = operands[0]
    for operand in operands[1:]:
        found = BinOp(found, op, operand)
    return found


def uniform(sizes: tuple[int, ...]) -> Argument:
    """Sizes per axis as code says them: one number where all are, and always will be."""
    same = len(set(sizes)) == 1 == len({formula_of(size) for size in sizes})
    return sizes[0] if same else sizes
