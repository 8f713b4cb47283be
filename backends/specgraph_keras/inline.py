"""The code of a loop's turn, written into the function around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from specgraph.lower.merge import rebuilt
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


def joined(name: Expr, index: Name) -> FString:
    """The name of a turn: that of the loop and the turn's number."""
    if isinstance(name, Const):
        return FString([f"{name.value}_", index])
    parts = list(name.parts) if isinstance(name, FString) else [name]
    if isinstance(parts[-1], str):
        return FString([*parts[:-1], f"{parts[-1]}_", index])
    return FString([*parts, "_", index])


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
