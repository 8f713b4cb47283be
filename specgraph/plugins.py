"""Finds backends, outside ops and their rules through entry points."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from specgraph.backend import Backend
from specgraph.diagnostics import closest

BACKENDS = "specgraph.backends"
OPS = "specgraph.ops"
RULES = "specgraph.rules"


class PluginError(Exception):
    """A plug-in that is missing, fails to import, or claims a name that is taken."""


@cache
def _installed() -> dict[str, tuple[EntryPoint, ...]]:
    """All entry points of ours, by group; looking through what is installed is slow."""
    found = entry_points()
    return {name: tuple(found.select(group=name)) for name in (BACKENDS, OPS, RULES)}


@cache
def load_ops() -> None:
    """Imports the packages that bring ops, so that the language has them."""
    for entry in _installed()[OPS]:
        _load(entry)


@cache
def load_rules() -> None:
    """Imports the packages that bring rules for backends of others."""
    for entry in _installed()[RULES]:
        _load(entry)


def backend_names() -> tuple[str, ...]:
    """The names of all installed backends; raises PluginError if two claim one."""
    return tuple(_entries())


@cache
def find_backend(name: str) -> Backend:
    """The backend of a name; raises PluginError."""
    entries = _entries()
    if name not in entries:
        near = closest(name, entries)
        hint = f"; did you mean {near!r}?" if near else ""
        known = ", ".join(entries) or "none"
        raise PluginError(f"no backend {name!r}{hint} (installed: {known})")
    found = _load(entries[name])
    if not isinstance(found, Backend):
        raise PluginError(
            f"{_origin(entries[name])}: entry point {name!r} is no Backend, it is a "
            f"{type(found).__name__}"
        )
    load_rules()
    return found


def _entries() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in _installed()[BACKENDS]:
        first = found.setdefault(entry.name, entry)
        if first.value != entry.value:
            raise PluginError(
                f"two distributions bring a backend {entry.name!r}: {_origin(first)} "
                f"and {_origin(entry)}; uninstall one of them"
            )
    order = {"torch": 0, "keras": 1, "tensorflow": 2}
    return dict(
        sorted(found.items(), key=lambda item: (order.get(item[0], 9), item[0]))
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
