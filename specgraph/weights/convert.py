"""From one weight file to another, whoever's they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from specgraph.diagnostics import closest
from specgraph.ir.graph import Graph
from specgraph.plugins import backend_names, find_backend
from specgraph.reference.base import Array
from specgraph.weights import canonical, formats
from specgraph.weights.errors import refuse
from specgraph.weights.formats import Rules
from specgraph.weights.maps import NO_MAP, NameMap, map_of_pairs, read_map
from specgraph.weights.match import Match
from specgraph.weights.slots import all_from_framework

CANONICAL = "canonical"
NOTHING_CHOSEN = Rules()


@dataclass(frozen=True, slots=True)
class Address:
    """A weight file and whose it is: `torch:state.safetensors`."""

    owner: str
    """A backend, or `canonical`."""
    path: Path

    def __str__(self) -> str:
        return f"{self.owner}:{self.path}"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was done: which tensor was taken for which, and what to know about it."""

    source: Address
    target: Address
    matches: tuple[Match, ...] = ()
    """Of the foreign file; none where every key was known."""
    notes: tuple[str, ...] = ()


def address(text: str, default: str = "") -> Address:
    """An address as it is written, `default`'s where no owner is; raises WeightsError."""
    owner, colon, path = text.partition(":")
    owners = (CANONICAL, *backend_names())
    if default and text and not colon:
        return Address(default, Path(text))
    if not colon or not path or owner not in owners:
        near = closest(owner, owners) if colon else None
        known = ", ".join(f"{name}:FILE" for name in owners)
        raise refuse(
            "weights-address",
            f"{text!r} does not say whose file it is",
            f"did you mean {near}:{path}?" if near else f"write one of {known}",
        )
    return Address(owner, Path(path))


def convert(
    graph: Graph,
    source: str,
    target: str,
    *,
    map: Mapping[str, str] | str | PathLike[str] | None = None,
    by_order: bool = False,
    like: str | PathLike[str] | None = None,
) -> Conversion:
    """Reads the weights of a graph from one file and writes them to another.

    A file that somebody else's model saved is matched by its tensors' shapes; where
    several layers fit, `map` (foreign name to the model's, or a YAML or JSON file of
    such lines; see `maps.py`) or `by_order` decides.  With `like`, a file that the target's model saved, the
    target gets that file's keys, and `map` and `by_order` decide about it instead.
    Raises SpecError (a WeightsError where the weights are at fault), and WorkerError
    where a framework is missing.
    """
    rules = Rules(_names(map), by_order)
    from_, to = address(source), address(target)
    tensors, matches, notes = read(graph, from_, NOTHING_CHOSEN if like else rules)
    matches += write(graph, to, tensors, Path(like) if like else None, rules)
    return Conversion(from_, to, matches, notes)


def read(
    graph: Graph, where: Address, rules: Rules
) -> tuple[dict[str, Array], tuple[Match, ...], tuple[str, ...]]:
    """The canonical tensors of a file, whose foreign ones they are, and notes."""
    if where.owner == CANONICAL:
        found = canonical.read(where.path, graph, rules.names)
        return found.tensors, (), found.notes
    plan = find_backend(where.owner).plan(graph)
    contents = formats.read(plan, where.path, rules)
    tensors = all_from_framework(plan, contents.tensors)
    matches = contents.told if contents.foreign else ()
    return tensors, matches, contents.notes


def write(
    graph: Graph,
    where: Address,
    tensors: Mapping[str, Array],
    like: Path | None = None,
    rules: Rules = NOTHING_CHOSEN,
) -> tuple[Match, ...]:
    """Writes canonical tensors to a file, and says whose keys they got."""
    if where.owner == CANONICAL:
        if like is not None:
            raise refuse("weights-like", "a canonical file has the spec's own keys")
        canonical.write(where.path, graph, tensors)
        return ()
    plan = find_backend(where.owner).plan(graph)
    return formats.write(plan, where.path, tensors, like, rules)


def _names(map: Mapping[str, str] | str | PathLike[str] | None) -> NameMap:
    if map is None:
        return NO_MAP
    return map_of_pairs(map) if isinstance(map, Mapping) else read_map(map)
