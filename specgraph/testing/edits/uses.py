"""Blocks in random specs: out of layers that stand there, and used again."""

from __future__ import annotations

from hypothesis import strategies as st

from specgraph.testing.edits.places import (
    Place,
    follow,
    fresh,
    mentioned,
    named,
    new_name,
    one_of,
    places,
    texts,
)
from specgraph.testing.sight import Data


def extract(draw: st.DrawFn, data: Data) -> None:
    """Makes some layers a block, which is passed the names that it needs."""
    place: Place = draw(st.sampled_from(places(data)))
    end = draw(st.integers(place.index + 1, min(place.index + 4, len(place.layers))))
    inner = place.layers[place.index : end]
    if not _last_is_taken(inner):
        return
    name = new_name(data, "block")
    around = data["blocks"][place.block].get("params", {}) if place.block else {}
    kinds = {**around, **dict.fromkeys(place.variables, "int")}
    needed = [word for word in kinds if word in mentioned(inner)]
    call: Data = {name: {word: f"${{{word}}}" for word in needed} or None}
    source = inner[0].get("from")
    if isinstance(source, str):
        call["from"] = source
        del inner[0]["from"]
    if "name" in inner[-1]:
        call["name"] = inner[-1]["name"]
    written: Data = {"layers": inner}
    if "input" in texts(inner):
        written["inputs"] = [new_name(data, "given")]
    if needed:
        written["params"] = {word: _bare(kinds[word]) for word in needed}
    data.setdefault("blocks", {})[name] = written
    place.layers[place.index : end] = [call]


def _last_is_taken(inner: list[Data]) -> bool:
    """Whether a block of these layers gives its one value."""
    return "branches" not in inner[-1] or "merge" in inner[-1]


def _bare(kind: object) -> object:
    """How an inner block declares what the outer one passes on."""
    return kind["type"] if isinstance(kind, dict) else kind


def recall(draw: st.DrawFn, data: Data) -> None:
    """Calls a block once more, right after a call of it."""
    blocks = data.get("blocks", {})
    place: Place | None = one_of(draw, [p for p in places(data) if p.call in blocks])
    if place is None or place.call is None:
        return
    again = {place.call: fresh(place.layer[place.call])}
    follow(place, data, [again])


def outputs(draw: st.DrawFn, data: Data) -> None:
    """Lets a block give a second value, and the spec give it too where it can."""
    blocks = data.get("blocks", {})
    able = [name for name, block in blocks.items() if "outputs" not in block]
    name: str | None = one_of(draw, able)
    if name is None:
        return
    layers = blocks[name]["layers"]
    body = [p for p in places(data) if p.layers is layers]
    ends = [named(p, data) for p in body]
    other = draw(st.sampled_from(ends))
    blocks[name]["outputs"] = {"first": ends[-1], "second": other}
    for place in places(data):
        if place.layers is data["layers"] and place.call == name:
            key = new_name(data, "out")
            data["outputs"][key] = f"{named(place, data)}.second"
            return


def inputs(draw: st.DrawFn, data: Data) -> None:
    """Lets a block take a second value, one that stands where it is called."""
    blocks = data.get("blocks", {})
    all_calls = [p.call for p in places(data)]
    once = [name for name in blocks if all_calls.count(name) == 1]
    calls = [p for p in places(data) if p.call in once and p.index and p.block is None]
    place: Place | None = one_of(draw, calls)
    if place is None or place.call is None:
        return
    block = blocks[place.call]
    if len(block.get("inputs", ["input"])) > 1 or place.layer.get("share"):
        return
    first = block.setdefault("inputs", ["input"])[0]
    second = new_name(data, "below")
    block["inputs"] = [first, second]
    block["layers"][0].setdefault("from", first)
    last = named(Place(block["layers"], len(block["layers"]) - 1, None, (), None), data)
    op = draw(st.sampled_from(["add", "concat", "multiply"]))
    block["layers"].append({op: None, "from": [last, second]})
    before = named(Place(place.layers, place.index - 1, None, (), None), data)
    taken = draw(st.sampled_from([before, *data["inputs"]]))
    here = place.layer.get("from", before)
    if isinstance(here, str):
        given: object = [here, taken]
        if draw(st.booleans()):
            given = {second: taken, first: here}
        place.layer["from"] = given
