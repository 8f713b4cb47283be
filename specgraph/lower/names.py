"""The names that code mentions."""

from __future__ import annotations

from specgraph.lower.pycode import Expr, Name, Stmt, Tagged


def names_in(node: Expr | Stmt) -> set[str]:
    """Every name that a code node mentions."""
    found: set[str] = set()
    stack: list[object] = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, Name):
            found.add(one.id)
        elif isinstance(one, Tagged):
            stack.append(one.expr)
        elif isinstance(one, list | tuple):
            stack.extend(one)
        elif hasattr(one, "__slots__"):
            stack.extend(getattr(one, slot, None) for slot in one.__slots__)
    return found
