"""Weights that are used twice in random specs: `share` and `tie`."""

from __future__ import annotations

from hypothesis import strategies as st

from specgraph.ops.base import OPS, Op
from specgraph.testing.edits.places import (
    Place,
    follow,
    fresh,
    new_name,
    one_of,
    places,
)
from specgraph.testing.sight import Data

FURTHER = ("share", "when", "repeat", "for")
"""Beside these, a layer may have no weights of its own."""
LAYERS: tuple[Data, ...] = (
    {"dense": {"units": 4}},
    {"dense": {"units": 3, "use_bias": False}},
    {"batch_norm": None},
    {"layer_norm": None},
    {"lstm": {"units": 3}},
    {"conv1d": {"filters": 4, "kernel_size": 2, "padding": "same"}},
    {"embedding": {"input_dim": 5, "output_dim": 3}},
)


def weigh(draw: st.DrawFn, data: Data) -> None:
    """Adds a layer that has weights."""
    place: Place = draw(st.sampled_from(places(data)))
    follow(place, data, [fresh(draw(st.sampled_from(LAYERS)))])


def look_up(draw: st.DrawFn, data: Data) -> None:
    """Begins the spec with a table of ids."""
    ids = [k for k, v in data["inputs"].items() if v["dtype"] == "int32"]
    given = one_of(draw, ids)
    if given is None:
        return
    call: Data = {"embedding": {"input_dim": 5, "output_dim": draw(st.integers(2, 4))}}
    name = new_name(data, "table")
    data["layers"].insert(0, {**call, "from": given, "name": name})
    data["layers"][1].setdefault("from", given)
    data["outputs"][name] = name


def share(draw: st.DrawFn, data: Data) -> None:
    """Calls a layer again, after it or beside it."""
    place = _owner(draw, data)
    if place is None:
        return
    assert place.call is not None
    words = [*(place.path or ()), place.layer.setdefault("name", new_name(data, "one"))]
    outside = len(words) > 1 and draw(st.booleans())
    again: Data = {place.call: None, "share": words[-1]}
    if outside:
        _after_all(data, place, ".".join(words), again)
    elif place.call == "embedding" and "from" in place.layer:
        name = new_name(data, "two")
        again = {**again, "from": place.layer["from"], "name": name}
        both = {"add": None, "from": [words[-1], name], "name": new_name(data, "sum")}
        follow(place, data, [again, both])
    elif draw(st.booleans()):
        follow(place, data, [again])
    else:
        _beside(draw, data, place, again)


def _after_all(data: Data, place: Place, path: str, again: Data) -> None:
    """A second use, from outside of the groups and loops that the first stands in."""
    assert place.path
    blocks = data.get("blocks", {})
    layers = blocks[place.block]["layers"] if place.block else data["layers"]
    for index, layer in enumerate(layers):
        if layer.get("name") == place.path[0]:
            outer = Place(layers, index, place.block, (), None)
            follow(outer, data, [{**again, "share": path}])
            return


def _beside(draw: st.DrawFn, data: Data, place: Place, again: Data) -> None:
    """A second use of what the first takes, and the mean of both."""
    source, owner = new_name(data, "start"), place.layer["name"]
    first: Data = {draw(st.sampled_from(["relu", "abs"])): None, "name": source}
    if "from" in place.layer:
        first["from"] = place.layer.pop("from")
    second = new_name(data, "two")
    both = {"average": None, "from": [owner, second], "name": new_name(data, "mean")}
    again = {**again, "from": source, "name": second}
    follow(place, data, [again, both])
    place.layers.insert(place.index, first)


def tie(draw: st.DrawFn, data: Data) -> None:
    """Turns a value back by the weights that made it, and forth again.

    Only what every framework can say: kernels of dense and tables of embedding.
    """
    tables = [p for p in places(data) if p.call == "embedding" and _is_said(p)]
    name, back = new_name(data, "one"), new_name(data, "back")
    looks_up: bool = draw(st.booleans())
    if tables and looks_up:
        place: Place = draw(st.sampled_from(tables))
        name = place.layer.setdefault("name", name)
        rows = place.layer["embedding"]["input_dim"]
        call = {"dense": {"units": rows}, "tie": {"kernel": f"{name}.embeddings"}}
        follow(place, data, [{**call, "name": back}])
        return
    place = draw(st.sampled_from(places(data)))
    wide, narrow = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    tied = {"kernel": f"{name}.kernel"}
    turned: Data = {"dense": {"units": wide}, "tie": tied}
    again: Data = {"dense": {"units": narrow, "use_bias": False}, "tie": {**tied}}
    first: list[Data] = [
        {"dense": {"units": wide}},
        {"dense": {"units": narrow}, "name": name},
    ]
    last = [turned, again][: draw(st.integers(1, 2))]
    follow(place, data, [*first, *last])


def _is_said(place: Place) -> bool:
    """Whether a table says its size as a number that is in sight."""
    said = place.layer["embedding"]
    plain = isinstance(said, dict) and type(said.get("input_dim")) is int
    return plain and not any(word in place.layer for word in FURTHER)


def _owner(draw: st.DrawFn, data: Data) -> Place | None:
    found: Place | None = one_of(draw, _owners(data))
    return found


def _owners(data: Data) -> list[Place]:
    """The calls that may have weights of their own, once."""
    blocks = data.get("blocks", {})
    return [
        place
        for place in places(data)
        if place.call is not None
        and (place.call in blocks or OPS.find(place.call).params is not Op.params)
        and not any(word in place.layer for word in FURTHER)
        and isinstance(place.layer.get("from", ""), str)
    ]
