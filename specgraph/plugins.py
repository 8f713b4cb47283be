"""Finds backends, outside ops, their rules and references through entry points.

A package that brings an op registers it in a module of the group `specgraph.ops`.  Its
rules for a backend stand in a module of the group `specgraph.rules`, under the backend's
name; its NumPy reference in one of `specgraph.references`, which only an evaluation of
the op imports.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

from specgraph.backend import Backend, Engine, Engined
from specgraph.definition import NameTaken
from specgraph.diagnostics import closest
from specgraph.lower.rules import Rules
from specgraph.ops import OPS
from specgraph.ops.base import Op
from specgraph.spec.names import name_problem
from specgraph.spec.schema import FORMS, MODIFIERS

BACKEND_GROUP = "specgraph.backends"
OP_GROUP = "specgraph.ops"
RULE_GROUP = "specgraph.rules"
REFERENCE_GROUP = "specgraph.references"
GROUPS = (BACKEND_GROUP, OP_GROUP, RULE_GROUP, REFERENCE_GROUP)
OURS = "specgraph-compiler"
"""The distribution of the ops that need no entry point."""


class PluginError(Exception):
    """A plug-in that is missing, fails to import, or claims a name that is taken."""


@cache
def _installed() -> dict[str, tuple[EntryPoint, ...]]:
    """All entry points of ours, by group; looking through what is installed is slow."""
    found = entry_points()
    return {group: tuple(found.select(group=group)) for group in GROUPS}


def lacking(backend: Backend) -> str:
    """What a backend needs to run its models and is not installed, in words; or ""."""
    return ", ".join(name for name in backend.requires if find_spec(name) is None)


def load_ops() -> None:
    """Imports the packages that bring ops, so that the language has them."""
    problem = _load_ops()
    if problem is not None:
        raise problem


@cache
def _load_ops() -> PluginError | None:
    owners = dict.fromkeys(OPS.labels, OURS)
    for entry in _installed()[OP_GROUP]:
        try:
            _load(entry)
            for label in OPS.labels:
                if label not in owners:
                    _check_label(label, entry)
                    owners[label] = _origin(entry)
        except PluginError as problem:
            taken = problem.__cause__
            if isinstance(taken, NameTaken) and taken.label in owners:
                first = owners[taken.label]
                return _claimed("an op", taken.label, first, _origin(entry))
            return problem
    return None


def _check_label(label: str, entry: EntryPoint) -> None:
    """An op's name becomes the name of layers, and stands where other words do."""
    why = name_problem(label)
    if label in (*FORMS, *MODIFIERS, "merge"):
        why = "it is a word of the language"
    if why:
        message = f"an op cannot be called {label!r}: {why}"
        raise PluginError(f"{_origin(entry)}: {message}")


@cache
def load_references() -> None:
    """Imports what defines in NumPy the ops that other packages bring."""
    for entry in _installed()[REFERENCE_GROUP]:
        _load(entry)


def _load_rules(table: Rules[Op] | None) -> None:
    """Imports the rules that other packages have for a table and its parents."""
    while table is not None:
        for entry in _installed()[RULE_GROUP]:
            if entry.name == table.name:
                _load(entry)
        table = table.parent


def backend_names() -> tuple[str, ...]:
    """The names of all installed backends; raises PluginError if two claim one."""
    return tuple(_entries())


@cache
def find_backend(name: str) -> Backend:
    """The backend of a name; raises PluginError."""
    name, at, engine = name.partition("@")
    if at:
        return _engined(find_backend(name), engine)
    entries = _entries()
    if name not in entries:
        near = closest(name, entries)
        hint = f"; did you mean {near!r}?" if near else ""
        known = ", ".join(entries) or "none"
        raise PluginError(f"no backend {name!r}{hint} (installed: {known})")
    entry = entries[name]
    found = _load(entry)
    if not isinstance(found, Backend):
        raise PluginError(
            f"{_origin(entry)}: entry point {name!r} is no Backend, it is a "
            f"{type(found).__name__}"
        )
    if found.name != name:
        raise PluginError(
            f"{_origin(entry)}: entry point {name!r} is a Backend that calls itself "
            f"{found.name!r}"
        )
    _load_rules(found.rules)
    return found


def _engined(backend: Backend, name: str) -> Engined:
    """A backend on one of its other engines; raises PluginError."""
    engines: Mapping[str, Engine] = getattr(backend, "engines", {})
    if name not in engines:
        known = ", ".join(f"{backend.name}@{one}" for one in engines) or "none"
        raise PluginError(f"no engine {name!r} of {backend.name} (there are: {known})")
    return Engined(backend, name, engines[name])


def _entries() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in _installed()[BACKEND_GROUP]:
        first = found.setdefault(entry.name, entry)
        if first.value != entry.value:
            raise _claimed("a backend", entry.name, _origin(first), _origin(entry))
    order = {"torch": 0, "keras": 1, "tensorflow": 2}
    return dict(
        sorted(found.items(), key=lambda item: (order.get(item[0], 9), item[0]))
    )


def _claimed(what: str, name: str, first: str, second: str) -> PluginError:
    return PluginError(
        f"two distributions bring {what} {name!r}: {first} and {second}; uninstall one "
        "of them"
    )


def _load(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:
        raise PluginError(
            f"{_origin(entry)}: {entry.group} entry point {entry.name!r} "
            f"({entry.value}) failed: {type(error).__name__}: {error}"
        ) from error


def _origin(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "an unknown distribution"
