"""Statements that run in some instances alone, and what becomes of those around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from specgraph.lower.conditions import Unsayable, holds
from specgraph.lower.merge import read_in, rebuilt
from specgraph.lower.precedence import bare as untagged
from specgraph.lower.pycode import Assign, Expr, For, If, IfExp, Name, Return, Stmt


def either(test: Expr, there: list[Stmt], without: list[Stmt]) -> list[Stmt]:
    """Statements where a test holds, and others where it does not.

    What gives a name to an input stands before the test, unless it takes the name from
    what the other statements read.
    """
    given = {
        target.id
        for one in without
        if isinstance(one, Assign)
        for target in one.targets
        if isinstance(target, Name)
    }
    read: set[str] = set()

    def note(part: Any) -> Any:
        if isinstance(part, Name):
            read.add(part.id)
        return part

    rebuilt([one.value for one in there if isinstance(one, Assign)], note)
    if not given & read and all(isinstance(one, Assign) for one in there):
        # The sizes told there are those of the uses that run no more than this.
        return [*map(_untold, without), If(test, there)]
    match there, without:
        case [Assign(targets=targets) as one], [Assign() as other]:
            if targets == other.targets:
                return [Assign(targets, IfExp(test, one.value, other.value))]
    return [If(test, there, without)]


def _untold(statement: Stmt) -> Stmt:
    """An assignment without a comment; another statement as it is."""
    return (
        replace(statement, comment="") if isinstance(statement, Assign) else statement
    )


def gathered(statements: list[Stmt]) -> list[Stmt]:
    """Statements under the same condition in a row, under it once."""
    found: list[Stmt] = []
    for one in statements:
        last = found[-1] if found else None
        if (
            isinstance(last, If)
            and isinstance(one, If)
            and last.test == one.test
            and not last.orelse
            and not one.orelse
            and not _assigned(last.body) & set(read_in(one.test))
        ):
            found[-1] = replace(last, body=[*last.body, *one.body])
        else:
            found.append(one)
    return found


def _assigned(statements: Sequence[Stmt]) -> set[str]:
    """The names to which statements give a value."""
    targets = [t for one in statements if isinstance(one, Assign) for t in one.targets]
    return {name for target in targets for name in read_in(target)}


def decided(statements: Sequence[Stmt]) -> list[Stmt]:
    """Statements without conditions of constants alone: what holds, or what does not."""
    found: list[Stmt] = []
    for one in statements:
        if isinstance(one, For):
            body = decided(one.body)
            found += [replace(one, body=body)] if body else []
            continue
        if not isinstance(one, If):
            found.append(one)
            continue
        body, orelse = decided(one.body), decided(one.orelse)
        try:
            found += body if holds(one.test, {}) else orelse
        except (Unsayable, KeyError):
            found.append(replace(one, body=body, orelse=orelse))
    return found


def ended(statements: list[Stmt]) -> list[Stmt]:
    """Statements that give back at once what their last one would name.

    Those that give a name to itself are left out.
    """
    statements = [
        one
        for one in statements
        if not isinstance(one, Assign) or one.targets != [untagged(one.value)]
    ]
    match statements:
        case [
            *_,
            Assign(targets=[Name(id=name)]) as last,
            Return(value=Name(id=given)),
        ]:
            if name == given:
                return [*statements[:-2], Return(last.value, last.comment)]
    return statements
