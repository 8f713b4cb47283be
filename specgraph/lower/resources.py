"""Definitions cut, as text, out of the Python files that our own packages ship."""

import ast
from functools import cache, cached_property
from importlib.resources import files

__all__ = ["Resource"]


class Resource:
    """One Python file of an installed package, parsed."""

    def __init__(self, package: str, resource: str) -> None:
        self.package, self.resource = package, resource
        self.text, self.tree = _parsed(package, resource)

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """Top-level classes, functions and single-name assignments, by name."""
        found: dict[str, ast.stmt] = {}
        for node in self.tree.body:
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                    found[name] = node
                case ast.Assign(targets=[ast.Name(id=name)]):
                    found[name] = node
                case ast.AnnAssign(target=ast.Name(id=name)):
                    found[name] = node
        return found

    def find(self, name: str) -> ast.stmt:
        """The definition called `name`; KeyError lists what there is."""
        if name not in self.definitions:
            known = ", ".join(self.definitions)
            where = f"{self.package}/{self.resource}"
            raise KeyError(f"{where} defines no {name!r}; it defines: {known}")
        return self.definitions[name]

    def cut(self, name: str) -> str:
        """The lines of a definition, with its decorators and the comment above it."""
        node = self.find(name)
        lines = self.text.splitlines()
        first = node.lineno
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.decorator_list:
            first = node.decorator_list[0].lineno
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        return "\n".join(lines[first - 1 : node.end_lineno])

    def imports_of(self, name: str) -> list[ast.Import | ast.ImportFrom]:
        """The file's import statements, narrowed to the names a definition uses."""
        used = _used(self.package, self.resource, name)
        kept: list[ast.Import | ast.ImportFrom] = []
        for node in self.tree.body:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [
                alias
                for alias in node.names
                if (alias.asname or alias.name.partition(".")[0]) in used
            ]
            if names and isinstance(node, ast.Import):
                kept.append(ast.Import(names=names))
            elif names and isinstance(node, ast.ImportFrom):
                kept.append(
                    ast.ImportFrom(module=node.module, names=names, level=node.level)
                )
        return kept


@cache
def _used(package: str, resource: str, name: str) -> set[str]:
    """The names that a definition mentions."""
    node = Resource(package, resource).find(name)
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


@cache
def _parsed(package: str, resource: str) -> tuple[str, ast.Module]:
    """A file's text and tree; a train.py is put together from many cuts of one file."""
    path = files(package)
    for part in resource.split("/"):
        if part in ("", ".", ".."):
            raise ValueError(f"{package}/{resource}: not a path below the package")
        path = path / part
    text = path.read_text(encoding="utf-8")
    return text, ast.parse(text)
