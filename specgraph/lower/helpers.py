"""Helpers: small definitions of a backend's `emit/` files that a model file carries."""

from __future__ import annotations

from importlib import import_module

from specgraph.lower.imports import helper_imports, load_helper
from specgraph.lower.pycode import Expr, Import, ImportFrom, Name, Stmt


class Helpers:
    """The helpers one file uses, from the closed table of its backend."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.table: dict[str, str] = import_module(f"{package}.helpers").HELPERS
        self.used: dict[str, str] = {}

    def use(self, name: str) -> Expr:
        """The helper as an expression; the file then carries it."""
        self.used[name] = self.table[name]
        return Name(name)

    def includes(self) -> list[Stmt]:
        """The definitions, in the order they were asked for."""
        return [
            load_helper(self.package, f"emit/{file}", name)
            for name, file in self.used.items()
        ]

    def imports(self) -> list[Import | ImportFrom]:
        """What the definitions import."""
        found: list[Import | ImportFrom] = []
        for name, file in self.used.items():
            found += helper_imports(self.package, f"emit/{file}", name)
        return found

    @property
    def modules(self) -> frozenset[str]:
        """The modules that the definitions import."""
        return frozenset(statement.module for statement in self.imports())
