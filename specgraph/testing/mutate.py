"""Random damage to specs: whatever comes out, reading it raises nothing but SpecError."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from specgraph.ops.base import OPS
from specgraph.spec import schema
from specgraph.spec.dump import dump
from specgraph.testing.sight import Data

KEYS = (
    *schema.FIELDS,
    *schema.MODIFIERS,
    *schema.FORMS,
    "merge",
    "all",
    "times",
    "as",
    "type",
    "default",
    "choices",
    "block1",
)
ODD_VALUES: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    10**18,
    2**31,
    1e300,
    float("nan"),
    float("inf"),
    "",
    "x",
    "class",
    "__init__",
    "../x",
    "${",
    "${p0}",
    "${9**9**9}",
    "${().__class__}",
    "${i0}",
    "${item * 2}",
    "${not never}",
    "${input.channels}",
    "${given.shape[-1]}",
    "never",
    "block1",
    "list.y",
    "list.0.x",
    "list.x.all",
    ["../x.yaml"],
    {"times": 2, "as": "i0"},
    {"times": "${never}", "as": "never"},
    {"i0": [1, 2], "i1": [3]},
    {"type": "int", "default": "x"},
    {"kernel": "x.kernel"},
    {"small": {"p1": 2}},
    {"block1": {"layers": [{"block1": None}]}},
    "$${x}",
    "a\nb",
    '"""',
    "\\",
    "\u202e",
    "time",
    [],
    [[]],
    [0],
    ["x", "x"],
    {},
    {"": None},
    {"x": {"y": []}},
)

Place = tuple[Any, Any]
"""A container and the key or position in it."""


@st.composite
def damaged(draw: st.DrawFn, data: Data, most: int = 3) -> Data:
    """The spec with one to `most` places changed."""
    spec = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, most))):
        places = list(_places(spec))
        if not places:
            return spec
        container, key = draw(st.sampled_from(places))
        _change(draw, container, key)
    return spec


def _places(value: Any) -> Iterator[Place]:
    if isinstance(value, dict):
        for key in value:
            yield value, key
            yield from _places(value[key])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield value, index
            yield from _places(item)


def _change(draw: st.DrawFn, container: Any, key: Any) -> None:
    kind = draw(st.sampled_from(["value", "drop", "key", "wrap", "swap", "text"]))
    if kind == "drop":
        del container[key]
    elif kind == "key" and isinstance(container, dict):
        names = [*KEYS, *(op.label for op in OPS), *container, f"{key}x", key[1:]]
        container[draw(st.sampled_from(names))] = container.pop(key)
    elif kind == "wrap":
        name = draw(st.sampled_from(KEYS))
        container[key] = draw(
            st.sampled_from([[container[key]], {name: container[key]}])
        )
    elif kind == "swap" and len(container) > 1:
        other = draw(st.sampled_from(list(_keys(container))))
        container[key], container[other] = container[other], container[key]
    elif kind == "text":
        container[key] = draw(st.text(max_size=8))
    else:
        container[key] = copy.deepcopy(draw(st.sampled_from(ODD_VALUES)))


def _keys(container: Any) -> Any:
    return container if isinstance(container, dict) else range(len(container))


@st.composite
def garbled(draw: st.DrawFn, data: Data) -> str:
    """The text of the spec with some characters taken out, put in or moved."""
    text = dump(data)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        piece = draw(
            st.sampled_from(
                ["", "\n", "- ", ": ", "{", "]", "'", "\t", "&a ", "*a", "!!x "]
            )
            | st.text(max_size=4)
        )
        text = text[:start] + piece + text[end:]
    return text
