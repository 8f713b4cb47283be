"""The code of a loop's turn, written into the function around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from specgraph.lower.merge import rebuilt
from specgraph.lower.parts import Shape, names_of_inputs
from specgraph.lower.pycode import (
    Assign,
    Const,
    Expr,
    For,
    FString,
    If,
    Name,
    Return,
    Stmt,
)

T = TypeVar("T")


def joined(name: Expr, turn: Name | int) -> Expr:
    """The name of a turn: that of the loop and the turn's number."""
    last = str(turn) if isinstance(turn, int) else turn
    return _flat(FString([name, "_", last]))


def changes(statement: Stmt, own: str) -> bool:
    """Whether all a statement does is give the one value anew."""
    if isinstance(statement, Return):
        return True
    if isinstance(statement, Assign):
        return statement.targets == [Name(own)]
    if isinstance(statement, For | If):
        return all(changes(inner, own) for inner in statement.body)
    return False


def put(statement: T, given: Mapping[str, Expr]) -> T:
    """A statement or expression with expressions in the place of names."""

    def change(part: object) -> object:
        if isinstance(part, Name) and part.id in given:
            return given[part.id]
        if isinstance(part, FString):
            return _flat(part)
        return part

    return rebuilt(statement, change)


def _flat(found: FString) -> Expr:
    """An f-string without f-strings or constants in it."""
    parts: list[str | Expr] = []
    for part in found.parts:
        inner: list[str | Expr] = [part]
        if isinstance(part, FString):
            inner = list(part.parts)
        elif isinstance(part, Const):
            inner = [str(part.value)]
        for one in inner:
            if isinstance(one, str) and parts and isinstance(parts[-1], str):
                parts[-1] += one
            else:
                parts.append(one)
    if len(parts) == 1 and isinstance(parts[0], str):
        return Const(parts[0])
    return FString(parts)


def inlined(
    shape: Shape,
    given: Mapping[str, Expr],
    taken: list[Expr],
    made: list[Expr],
    name: Expr,
) -> list[Stmt]:
    """The statements of a turn, where it stands."""
    inputs = names_of_inputs(shape.first)
    known = {**given, **dict(zip(inputs, taken, strict=True)), "name": name}
    statements: list[Stmt] = []
    for statement in shape.statements:
        if not isinstance(statement, Return):
            statements.append(put(statement, known))
            continue
        assert statement.value is not None
        if statement.value != Name(inputs[0]):
            statements.append(Assign([made[0]], put(statement.value, known)))
    return statements
