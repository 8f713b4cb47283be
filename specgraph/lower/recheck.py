"""The printed file, parsed again and held against the code model it came from.

No text of a spec may become code: what Python reads in the file must be the model,
node for node, and must import and call no more than the plan allows.
"""

import ast
from collections.abc import Collection

from specgraph.lower.pycode import Docstring, Include, Module
from specgraph.lower.syntax import block_ast
from specgraph.traced import Traced, plain

# Builtins that turn text into code or reach out; no plan asks for them.
FORBIDDEN_CALLS = frozenset(
    (
        "__import__",
        "breakpoint",
        "compile",
        "delattr",
        "eval",
        "exec",
        "globals",
        "locals",
        "open",
        "setattr",
        "vars",
    )
)
_UNCOMPARED = frozenset(("ctx", "kind", "type_comment", "type_params"))


class RecheckError(Exception):
    """A printed file that is not what its code model says, or not what is allowed."""


def check_module(module: Module, text: str, allowed_imports: Collection[str]) -> None:
    """RecheckError unless `text` is `module` and imports only what is allowed.

    A name in `allowed_imports` allows the modules below it too. Included helpers are
    ours: they are held to the imports, not to the calls.
    """
    try:
        parsed = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise RecheckError(f"the printed file is not Python: {error}") from error
    at = 0
    for node in (Docstring(module.docstring), *module.body):
        for expected in block_ast([node], ""):
            if at == len(parsed):
                raise RecheckError("the printed file lacks statements of its model")
            trusted = isinstance(node, Include)
            _Comparison(allowed_imports, trusted).statement(parsed[at], expected)
            at += 1
    if at < len(parsed):
        line = parsed[at].lineno
        raise RecheckError(f"line {line} is not in the model of the printed file")


class _Comparison:
    """Of one top-level statement, and of the imports and calls in it."""

    def __init__(self, allowed_imports: Collection[str], trusted: bool) -> None:
        self.allowed_imports = allowed_imports
        self.trusted = trusted

    def statement(self, parsed: ast.stmt, expected: ast.stmt) -> None:
        line = parsed.lineno
        pairs: list[tuple[object, object]] = [(parsed, expected)]
        while pairs:
            found, wanted = pairs.pop()
            if isinstance(wanted, Traced):
                wanted = plain(wanted)
            if type(found) is not type(wanted):
                self.differs(line, found, wanted)
            if isinstance(found, ast.AST):
                line = getattr(found, "lineno", line)
                self.allows(found)
                for name in found._fields:
                    if name not in _UNCOMPARED:
                        wanted_part = getattr(wanted, name, None)
                        pairs.append((getattr(found, name), wanted_part))
            elif isinstance(found, list) and isinstance(wanted, list):
                if len(found) != len(wanted):
                    self.differs(line, found, wanted)
                pairs.extend(zip(found, wanted, strict=True))
            elif found != wanted:
                self.differs(line, found, wanted)

    def differs(self, line: int, found: object, wanted: object) -> None:
        def shown(what: object) -> str:
            return ast.dump(what) if isinstance(what, ast.AST) else repr(what)

        raise RecheckError(
            f"line {line} reads {shown(found)[:200]}, its model says "
            f"{shown(wanted)[:200]}"
        )

    def allows(self, node: ast.AST) -> None:
        """RecheckError for an import or a call that the plan did not ask for."""
        if isinstance(node, ast.Import):
            self.imports(node.lineno, [alias.name for alias in node.names])
        elif isinstance(node, ast.ImportFrom):
            self.imports(node.lineno, ["." * node.level + (node.module or "")])
        elif isinstance(node, ast.Call) and not self.trusted:
            func = node.func
            if isinstance(func, ast.Name) and func.id in FORBIDDEN_CALLS:
                raise RecheckError(f"line {node.lineno} calls the builtin {func.id}")

    def imports(self, line: int, modules: list[str]) -> None:
        for module in modules:
            parts = module.split(".")
            above = {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
            if above.isdisjoint(self.allowed_imports):
                allowed = ", ".join(sorted(self.allowed_imports))
                raise RecheckError(
                    f"line {line} imports {module}; the plan allows {allowed}"
                )
