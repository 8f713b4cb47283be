"""Parameters: their values, those computed from others, and what --set may change."""

from __future__ import annotations

import pytest

from specgraph.load import loads

VALUES: list[tuple[str, dict[str, object]]] = [
    (
        "{a: 1, b: 1.5, c: true, d: x, e: [1, [2, a]], f: [], g: 1e3}",
        {
            "a": 1,
            "b": 1.5,
            "c": True,
            "d": "x",
            "e": [1, [2, "a"]],
            "f": [],
            "g": 1000.0,
        },
    ),
    (
        '{n: 4, w: "${n * 2}", s: "k${n}", l: ["${n}", "${w}"]}',
        {
            "n": 4,
            "w": 8,
            "s": "k4",
            "l": [4, 8],
        },
    ),
    ('{a: "$${n}", b: "costs $5"}', {"a": "${n}", "b": "costs $5"}),
    ("{layers: 3, type: a, max: 2}", {"layers": 3, "type": "a", "max": 2}),
]

SETTINGS: list[tuple[str, dict[str, object], dict[str, object]]] = [
    ("{n: 4, f: 1.5}", {"n": 5, "f": 2}, {"n": 5, "f": 2.0}),
    ('{n: 4, w: "${n * 2}"}', {"n": 5}, {"n": 5, "w": 10}),
    ('{n: 4, w: "${n * 2}"}', {"w": 5}, {"n": 4, "w": 5}),
    ("{l: [1, 2]}", {"l": (3,)}, {"l": [3]}),
    ("{l: [1.5]}", {"l": [1, 2.5]}, {"l": [1, 2.5]}),
    ("{l: [1, a]}", {"l": [True, "b"]}, {"l": [True, "b"]}),
    ("{l: [[1], [2]]}", {"l": [[3, 4]]}, {"l": [[3, 4]]}),
    ("{l: [1]}", {"l": []}, {"l": []}),
    ("{b: true, s: a}", {"b": False, "s": ""}, {"b": False, "s": ""}),
]


def params_of(params: str, given: dict[str, object] | None = None) -> dict[str, object]:
    text = (
        f"specgraph: 1\nname: m\nparams: {params}\ninputs: {{x: [4]}}\nlayers: [relu]\n"
    )
    return loads(text, set=given).params


@pytest.mark.parametrize(("params", "values"), VALUES)
def test_values(params: str, values: dict[str, object]) -> None:
    assert params_of(params) == values


@pytest.mark.parametrize(("params", "given", "values"), SETTINGS)
def test_settings(
    params: str, given: dict[str, object], values: dict[str, object]
) -> None:
    found = params_of(params, given)
    assert found == values
    assert {n: type(v) for n, v in found.items()} == {
        n: type(v) for n, v in values.items()
    }
