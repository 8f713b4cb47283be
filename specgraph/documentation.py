"""What definitions say of themselves: read from their source, when somebody asks."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from textwrap import dedent

from specgraph.definition import Definition


@cache
def attribute_docs(cls: type[Definition]) -> dict[str, str]:
    """The docstring below each attribute, inherited ones included."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if not issubclass(base, Definition):
            continue
        try:
            source = dedent(inspect.getsource(base))
        except (OSError, TypeError):
            continue
        (node,) = ast.parse(source).body
        assert isinstance(node, ast.ClassDef)
        found |= _docs(node)
    return {name: found.get(name, "") for name in cls.model_fields}


def _docs(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for statement, below in zip(node.body, node.body[1:], strict=False):
        match statement, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text).replace("\n", " ")
    return found
