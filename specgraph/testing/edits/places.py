"""Where the layers of a written spec stand, and what may be said there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from specgraph.spec.schema import FORMS, MODIFIERS
from specgraph.testing.sight import Data

_EXPRESSION = re.compile(r"\$\{(.*)\}", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Place:
    """A layer in the list that holds it."""

    layers: list[Data]
    index: int
    block: str | None
    """The block whose body it stands in."""
    variables: tuple[str, ...]
    """The variables of the loops around it, its own included."""
    path: tuple[str, ...] | None
    """What leads to its list from the block or spec; None where a layer is unnamed."""

    @property
    def layer(self) -> Data:
        """The layer as it is written."""
        return self.layers[self.index]

    @property
    def call(self) -> str | None:
        """The op or block that it calls."""
        return call_of(self.layer)


@dataclass(frozen=True, slots=True)
class Said:
    """A plain value in what a layer says."""

    place: Place
    holder: Any
    key: Any

    @property
    def value(self) -> Any:
        """The value as it is written."""
        return self.holder[self.key]

    def say(self, value: object) -> None:
        """Writes another value in its place."""
        self.holder[self.key] = value


def call_of(layer: Data) -> str | None:
    """The op or block that a layer calls, if it is a call."""
    if any(form in layer for form in FORMS):
        return None
    return next(key for key in layer if key not in MODIFIERS)


def places(data: Data) -> list[Place]:
    """Every layer of a spec, the blocks' first."""
    found: list[Place] = []
    for name, block in data.get("blocks", {}).items():
        found += _places(block["layers"], name, (), ())
    return [*found, *_places(data["layers"], None, (), ())]


def _places(
    layers: list[Data],
    block: str | None,
    variables: tuple[str, ...],
    path: tuple[str, ...] | None,
) -> Iterator[Place]:
    for index, layer in enumerate(layers):
        inner = (*variables, *_variables(layer))
        yield Place(layers, index, block, inner, path)
        named = path is not None and "name" in layer and call_of(layer) is None
        turn = ("0",) if "repeat" in layer or "for" in layer else ()
        within = (*(path or ()), layer["name"], *turn) if named else None
        branches = layer.get("branches")
        if branches is None:
            yield from _places(layer.get("layers", []), block, inner, within)
        elif "for" in branches:
            several = (*inner, *branches["for"])
            yield from _places(branches["layers"], block, several, None)
        else:
            for branch in branches.values():
                yield from _places(branch, block, inner, path if not turn else None)


def _variables(layer: Data) -> tuple[str, ...]:
    """What a layer that is a loop calls its variables."""
    repeat = layer.get("repeat")
    counter = (repeat["as"],) if isinstance(repeat, dict) and "as" in repeat else ()
    return (*counter, *layer.get("for", ()))


def values_of(place: Place) -> Iterator[Said]:
    """The plain values among the attributes or arguments of a call."""
    if place.call is None:
        return
    yield from _values(place, place.layer, place.call)


def _values(place: Place, holder: Any, key: Any) -> Iterator[Said]:
    value = holder[key]
    if isinstance(value, dict):
        for name in value:
            yield from _values(place, value, name)
    elif isinstance(value, list):
        yield Said(place, holder, key)
        for index in range(len(value)):
            yield from _values(place, value, index)
    elif value is not None and "${" not in str(value):
        yield Said(place, holder, key)


def mentioned(value: object) -> set[str]:
    """The names in all expressions of a part of a spec."""
    if isinstance(value, dict):
        return set().union(*map(mentioned, value.values()))
    if isinstance(value, list):
        return set().union(*map(mentioned, value))
    found = _EXPRESSION.search(value) if isinstance(value, str) else None
    return set(_WORD.findall(found[1])) if found else set()


def texts(value: object) -> Iterator[str]:
    """Every text and key in a part of a spec."""
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def new_name(data: Data, word: str) -> str:
    """A name that starts with a word and stands nowhere in the spec."""
    known = set(texts(data))
    for text in tuple(known):
        known.update(_WORD.findall(text))
    number = 1
    while f"{word}{number}" in known:
        number += 1
    return f"{word}{number}"


def named(place: Place, data: Data) -> str:
    """The name of the layer there, which has one from now on."""
    name: str = place.layer.setdefault("name", new_name(data, "layer"))
    return name


def follow(place: Place, data: Data, added: list[Data]) -> None:
    """Puts layers after one, for whatever takes its value next to take theirs."""
    rest = place.layers[place.index + 1 :]
    place.layers[place.index + 1 : place.index + 1] = added
    name = place.layer.get("name")
    if rest:
        if name is not None and rest[0].get("from") == name:
            del rest[0]["from"]
        return
    around = data if place.block is None else data["blocks"][place.block]
    outputs = around.get("outputs", {}) if place.layers is around["layers"] else {}
    for key, value in outputs.items():
        if value == name:
            last = Place(place.layers, len(place.layers) - 1, None, (), None)
            outputs[key] = named(last, data)


def one_of(draw: st.DrawFn, found: list[Any]) -> Any:
    """One of some things; None where there are none."""
    return draw(st.sampled_from(found)) if found else None


def fresh(value: Any) -> Any:
    """A copy that shares no mapping and no list with anything."""
    if isinstance(value, dict):
        return {key: fresh(item) for key, item in value.items()}
    return [fresh(item) for item in value] if isinstance(value, list) else value
