"""Loops in random specs: more of them, and turns that differ."""

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

MOST_TURNS = 4


def repeat(draw: st.DrawFn, data: Data) -> None:
    """Runs a layer several times, or never."""
    able = [p for p in places(data) if not p.layer.keys() & {"repeat", "for", "share"}]
    place: Place | None = one_of(draw, able)
    if place is None:
        return
    times = draw(st.sampled_from([2, 3, MOST_TURNS, 1, 0]))
    counted = draw(st.booleans())
    counter = {"times": times, "as": new_name(data, "n")}
    place.layer["repeat"] = counter if counted else times


def wrap(draw: st.DrawFn, data: Data) -> None:
    """Puts some layers into a group, a loop, or branches that are alike."""
    place: Place = draw(st.sampled_from(places(data)))
    end = draw(st.integers(place.index + 1, min(place.index + 3, len(place.layers))))
    inner = place.layers[place.index : end]
    kind = draw(st.sampled_from(["for", "group", "branches", "repeat"]))
    variable, items = new_name(data, "n"), draw(_items())
    loop: Data = {"for": {variable: items}, "layers": inner}
    if kind == "branches":
        merge = draw(st.sampled_from(["add", "maximum", "concat"]))
        layer: Data = {"branches": loop, "merge": merge}
    elif kind == "for":
        layer = loop
    else:
        layer = {"layers": inner}
    if kind == "repeat":
        layer["repeat"] = {"times": len(items), "as": variable}
    source = inner[0].get("from")
    if isinstance(source, str):
        del inner[0]["from"]
        layer["from"] = source
    layer["name"] = new_name(data, "part")
    place.layers[place.index : end] = [layer]


def lists(draw: st.DrawFn, data: Data) -> None:
    """Walks other lists with a `for`, a further one among them."""
    loops = [place.layer["for"] for place in places(data) if "for" in place.layer]
    loop: Data | None = one_of(draw, loops)
    if loop is None:
        return
    count = draw(st.integers(1, MOST_TURNS))
    numbers = st.lists(st.integers(0, 5), min_size=count, max_size=count)
    for name in loop:
        loop[name] = draw(numbers)
    if draw(st.booleans()):
        loop[new_name(data, "n")] = draw(numbers)


def vary(draw: st.DrawFn, data: Data) -> None:
    """Says a value by what turn it is."""
    said: Said | None = one_of(
        draw, [s for p in places(data) if p.variables for s in values_of(p)]
    )
    if said is None:
        return
    turn = draw(st.sampled_from(said.place.variables))
    value = said.value
    if isinstance(value, str | list):
        said.say(f"${{{value!r} if {turn} != 1 else {value!r}}}")
    elif isinstance(value, bool):
        compared = draw(st.sampled_from(["==", ">", "!="]))
        said.say(f"${{{turn} {compared} {draw(st.integers(0, 2))}}}")
    elif isinstance(value, float):
        said.say(f"${{{value} / ({turn} + 1)}}")
    else:
        said.say(f"${{{_varied(draw, data, value, turn)}}}")


def _varied(draw: st.DrawFn, data: Data, value: int, turn: str) -> str:
    """An expression that is the number in some turn."""
    kind = draw(
        st.sampled_from(["sum", "growth", "power", "choice", "list", "product"])
    )
    other = draw(st.integers(0, 4))
    if kind == "growth":
        growth = new_name(data, "growth")
        data.setdefault("params", {})[growth] = other
        return f"{value} + {turn} * {growth}"
    return {
        "sum": f"{value} + {turn}",
        "power": f"{value} * 2 ** ({turn} % 2)",
        "choice": f"{value} if {turn} == 0 else {other}",
        "list": f"[{value}, {other}, {value}][{turn} % 3]",
        "product": f"{value} * ({turn} // 2 + 1)",
    }[kind]


def every(draw: st.DrawFn, data: Data) -> None:
    """Takes an output of every turn of a loop at the end of the spec."""
    loops = [
        layer
        for layer in data["layers"]
        if "repeat" in layer and layer.keys() & data.get("blocks", {}).keys()
    ]
    loop: Data | None = one_of(draw, loops)
    if loop is None:
        return
    call = next(key for key in loop if key in data["blocks"])
    outputs: Any = data["blocks"][call].get("outputs")
    if not outputs:
        return
    loop.setdefault("name", new_name(data, "layer"))
    taken = f"{loop['name']}.{draw(st.sampled_from(sorted(outputs)))}.all"
    name = new_name(data, "layer")
    op = draw(st.sampled_from(["add", "concat", "maximum"]))
    data["layers"].append({op: None, "from": [taken], "name": name})
    data["outputs"][name] = name


def _items() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, 4), min_size=1, max_size=MOST_TURNS)
