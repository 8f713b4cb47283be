"""Parameters in random specs: of the spec or of blocks, of every type."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from specgraph.testing.edits.places import (
    Place,
    Said,
    new_name,
    one_of,
    places,
    values_of,
)
from specgraph.testing.sight import Data


def parameter(draw: st.DrawFn, data: Data) -> None:
    """Makes a value a parameter of its block, or of the spec."""
    found = [said for place in places(data) for said in values_of(place)]
    inside = [said for said in found if said.place.block is not None]
    said: Said | None = one_of(draw, inside or found)
    if said is None:
        return
    value, name = said.value, new_name(data, "p")
    if said.place.block is None or draw(st.integers(0, 3)) == 3:
        data.setdefault("params", {})[name] = value
    else:
        _pass(data, said.place.block, name, value, draw(_declared(value)))
    said.say(f"${{{name}}}")


def _declared(value: Any) -> st.SearchStrategy[Any]:
    """How a block may declare a parameter that takes a value."""
    word = type(value).__name__
    words = [word]
    if isinstance(value, list | int) and not isinstance(value, bool):
        words.append("size")
    default = {"type": word, "default": value}
    told = [*words, default]
    if isinstance(value, str | int):
        told.append({"type": word, "choices": [value]})
    return st.sampled_from(told)


def _pass(data: Data, block: str, name: str, value: object, declared: Any) -> None:
    """Declares a parameter, and passes it at every call unless it has a default."""
    data["blocks"][block].setdefault("params", {})[name] = declared
    if isinstance(declared, dict) and "default" in declared:
        return
    for place in places(data):
        if place.call == block and "share" not in place.layer:
            place.layer[block] = {**(place.layer[block] or {}), name: value}


def passed(draw: st.DrawFn, data: Data) -> None:
    """Passes another number or truth value at one call of a block."""
    blocks = data.get("blocks", {})
    found = [s for p in places(data) if p.call in blocks for s in values_of(p)]
    said: Said | None = one_of(draw, found)
    if said is not None:
        said.say(draw(_other(said.value)))


def _other(value: Any) -> st.SearchStrategy[Any]:
    """Values of the type of a parameter's value."""
    if isinstance(value, bool):
        return st.just(not value)
    if isinstance(value, int):
        return st.integers(0, 5)
    if isinstance(value, float):
        return st.sampled_from([0.25, 0.5, 0.75, 1.5])
    if isinstance(value, list):
        return st.tuples(*map(_other, value)).map(list)
    return st.just(value)


def flag(draw: st.DrawFn, data: Data) -> None:
    """Leaves a layer out, or freezes it, by a condition."""
    place: Place = draw(st.sampled_from(places(data)))
    word = draw(st.sampled_from(["when", "trainable"]))
    if word in place.layer or "share" in place.layer:
        return
    by_turn: bool = draw(st.booleans())
    if place.variables and by_turn:
        turn = draw(st.sampled_from(place.variables))
        place.layer[word] = f"${{{turn} % 2 == 0 or {turn} > 2}}"
        return
    if place.block is not None and draw(st.booleans()):
        given = data["blocks"][place.block].get("inputs", ["input"])[0]
        size = draw(st.integers(1, 8))
        place.layer[word] = f"${{{given}.channels != {size}}}"
        return
    name = new_name(data, "flag")
    place.layer[word] = f"${{{draw(st.sampled_from(['', 'not ']))}{name}}}"
    if place.block is None:
        data.setdefault("params", {})[name] = draw(st.booleans())
    else:
        _pass(data, place.block, name, draw(st.booleans()), "bool")


def expression(draw: st.DrawFn, data: Data) -> None:
    """Says a number by parameters and by what a block takes."""
    found = [s for p in places(data) for s in values_of(p) if type(s.value) is int]
    said: Said | None = one_of(draw, found)
    if said is None:
        return
    value, block = said.value, said.place.block
    texts = [f"max({value}, 1)", f"({value} * 4 + 2) // 4", f"sum([{value}, 0])"]
    texts += [f"{value} if {name} else 1" for name in data.get("params", {})]
    if block is not None:
        written = data["blocks"][block]
        for given in written.get("inputs", ["input"]):
            texts += [f"{given}.channels", f"{given}.shape[-1]", f"{given}.rank"]
        texts += [f"{name} + 1" for name in written.get("params", {})]
    said.say(f"${{{draw(st.sampled_from(texts))}}}")


def fill(draw: st.DrawFn, data: Data) -> None:
    """Leaves something to `defaults` of all ops that have it."""
    values: list[Data] = [
        {"use_bias": False},
        {"kernel_initializer": {"random_normal": 0.1}},
        {"epsilon": 0.01},
        {"activation": "tanh"},
    ]
    defaults = data.setdefault("defaults", {})
    defaults.setdefault("all", {}).update(draw(st.sampled_from(values)))


def variant(draw: st.DrawFn, data: Data) -> None:
    """Adds a variant that sets some of the parameters."""
    given: Data = data.get("params", {})
    able = [name for name, value in given.items() if "${" not in str(value)]
    if not able:
        return
    names = draw(st.lists(st.sampled_from(able), min_size=1, max_size=3, unique=True))
    variants = data.setdefault("variants", {})
    variants[new_name(data, "small")] = {
        name: draw(_other(given[name])) for name in names
    }
