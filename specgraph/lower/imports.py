"""Import statements: merged, sorted, and found for the helpers a file includes."""

import ast
import re
import sys
from collections.abc import Collection, Iterable

from specgraph.lower.pycode import Blank, CommentLine, Import, ImportFrom, Include, Stmt
from specgraph.lower.resources import Resource

_FUTURE, _STANDARD, _THIRD_PARTY, _LOCAL = range(4)


def load_helper(package: str, resource: str, name: str) -> Include:
    """The definition `name` of a file of one of our packages, to be copied verbatim."""
    return Include(package, resource, name)


def helper_imports(package: str, resource: str, name: str) -> list[Import | ImportFrom]:
    """What the file must import for the definition `name` to work."""
    wanted: list[Import | ImportFrom] = []
    for node in Resource(package, resource).imports_of(name):
        pairs = [(alias.name, alias.asname or "") for alias in node.names]
        if isinstance(node, ast.Import):
            wanted.extend(Import(module, alias) for module, alias in pairs)
        elif node.module and not node.level:
            names = [pair if pair[1] else pair[0] for pair in pairs]
            wanted.append(ImportFrom(node.module, names))
        else:
            where = f"{package}/{resource}"
            raise ValueError(f"{where}: a relative import cannot be emitted")
    return wanted


def imports(
    wanted: Iterable[Import | ImportFrom], local: Collection[str] = ()
) -> list[Stmt]:
    """One sorted block: standard library, third party, then the `local` modules.

    Whether a linter takes a local module for one depends on the folder it runs in: the
    comment splits the block, so that it finds no fault from anywhere.
    """
    plain: set[tuple[str, str]] = set()
    members: dict[str, set[tuple[str, str]]] = {}
    for statement in wanted:
        if isinstance(statement, Import):
            plain.add((statement.module, statement.alias))
        else:
            pairs = (n if isinstance(n, tuple) else (n, "") for n in statement.names)
            members.setdefault(statement.module, set()).update(pairs)
    sections: dict[int, list[Stmt]] = {}
    for module, alias in sorted(plain, key=lambda pair: _order(*pair)):
        sections.setdefault(_section(module, local), []).append(Import(module, alias))
    for module in sorted(members, key=_module_order):
        rows = sections.setdefault(_section(module, local), [])
        rows.extend(_from_rows(module, members[module]))
    body: list[Stmt] = []
    for section in sorted(sections):
        if body:
            body.append(Blank())
        if section == _LOCAL:
            body.append(CommentLine("isort: split"))
        body.extend(sections[section])
    return body


def _from_rows(module: str, pairs: set[tuple[str, str]]) -> list[Stmt]:
    """One statement for the bare names and one for each name with an alias."""
    bare = sorted((name for name, alias in pairs if not alias), key=_member_order)
    rows: list[tuple[tuple[int, list[tuple[int, int]], str], Stmt]] = []
    if bare:
        names: list[str | tuple[str, str]] = [*bare]
        rows.append((_member_order(bare[0]), ImportFrom(module, names)))
    for name, alias in sorted(pair for pair in pairs if pair[1]):
        rows.append((_member_order(name), ImportFrom(module, [(name, alias)])))
    return [statement for _, statement in sorted(rows, key=lambda row: row[0])]


def _section(module: str, local: Collection[str]) -> int:
    root = module.partition(".")[0]
    if root == "__future__":
        return _FUTURE
    if root in local:
        return _LOCAL
    return _STANDARD if root in sys.stdlib_module_names else _THIRD_PARTY


def _module_order(module: str) -> tuple[list[tuple[int, int]], str]:
    return _natural(module.lower()), module


def _order(module: str, alias: str) -> tuple[list[tuple[int, int]], str, str]:
    return *_module_order(module), alias


def _member_order(name: str) -> tuple[int, list[tuple[int, int]], str]:
    """Constants, then classes, then the rest, as isort orders the names of one line."""
    if name.isupper() and len(name) > 1:
        kind = 0
    elif name[:1].isupper():
        kind = 1
    else:
        kind = 2
    return kind, _natural(name.lower()), name


def _natural(text: str) -> list[tuple[int, int]]:
    """Compares runs of digits by their number: `item2` before `item10`."""
    return [
        (ord("0"), int(run)) if run.isdigit() else (ord(run), 0)
        for run in re.findall(r"\d+|\D", text)
    ]
