"""What definitions say of themselves: read from their source, when somebody asks."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache

from specgraph.definition import Definition


@cache
def attribute_docs(cls: type[Definition]) -> dict[str, str]:
    """The docstring below each attribute, inherited ones included."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        node = _classes(base.__module__).get(base.__name__)
        if node is not None and issubclass(base, Definition):
            found |= _docs(node)
    return {name: found.get(name) or _by_ending(name) for name in cls.model_fields}


def _by_ending(name: str) -> str:
    """What holds of every attribute that is called so."""
    of, _, what = name.rpartition("_")
    weight = of.replace("_", " ")
    words = {
        "initializer": f"What the {weight} is before training.",
        "regularizer": f"The penalty on the {weight} in the loss.",
        "constraint": f"What the {weight} is brought back to after every step.",
    }
    return words.get(what, "")


def summary_of(cls: type[Definition]) -> str:
    """The first paragraph of a definition's docstring, on one line."""
    text = inspect.cleandoc(cls.__doc__ or "")
    return text.partition("\n\n")[0].replace("\n", " ")


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes at the top of a module; none where its source is not at hand."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, TypeError):
        return {}
    return {
        node.name: node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
    }


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
