"""What a plan says of values: where they come to be, what is the same, how they lie."""

from __future__ import annotations

import pytest

from specgraph.lower.plan import Plan
from specgraph.plugins import find_backend
from tests.located import graph_of

LAST = "inputs: {x: [4, 3, 2]}\nlayers:\n"


def plan_of(body: str, backend: str = "torch") -> Plan:
    return find_backend(backend).plan(graph_of(body))


ALIASES: list[tuple[str, str, dict[str, str], tuple[int, ...]]] = [
    (
        "an identity",
        LAST + "  - {linear: , name: y}\n  - tanh\n",
        {"y": "x"},
        (0, 3, 1, 2),
    ),
    (
        "an identity behind a permute, as it lies before that",
        LAST + "  - {squeeze: , name: y}\n  - softmax\n",
        {"y": "x"},
        (0, 3, 1, 2),
    ),
    (
        "a permute that the framework's order has made already",
        LAST + "  - {permute: [3, 1, 2], name: y}\n  - tanh\n",
        {"y": "x"},
        (0, 1, 2, 3),
    ),
    (
        "an identity of an identity behind a permute",
        LAST + "  - squeeze\n  - {linear: , name: y}\n  - tanh\n",
        {"squeeze": "x", "y": "squeeze"},
        (0, 3, 1, 2),
    ),
]


@pytest.mark.parametrize(
    ("name", "body", "aliases", "order"), ALIASES, ids=lambda case: str(case)[:40]
)
def test_what_computes_nothing_is_an_alias(
    name: str, body: str, aliases: dict[str, str], order: tuple[int, ...]
) -> None:
    plan = plan_of(body)
    assert plan.aliases == aliases
    assert plan.values["y"].order == order
    assert "y" not in plan.taps


def test_every_value_has_a_tap_or_is_an_alias_or_an_input() -> None:
    body = (
        "inputs: {x: [t, 3], m: {shape: [t], dtype: bool}}\nlayers:\n"
        "  - {lstm: {units: 4, return_sequences: true, return_state: true},"
        " name: h, from: {input: x, mask: m}}\n"
        "  - {branches: {a: [], b: [{dense: 4}]}, merge: add}\n  - dropout: 0.5\n"
        "  - {concat: , from: [dropout, h]}\n  - global_average_pool1d\n"
        "outputs: {o: global_average_pool1d, h: h.state_h, c: h.state_c}\n"
    )
    for backend in ("torch", "keras", "tensorflow"):
        plan = plan_of(body, backend)
        known = {*plan.taps, *plan.aliases, *plan.graph.inputs}
        assert {value.name for value in plan.graph.values()} == known


def test_a_tap_spans_the_call_that_makes_its_value() -> None:
    plan = plan_of(
        LAST + "  - conv2d: {filters: 5, kernel_size: 1, activation: relu}\n"
    )
    lines = plan.files["model.py"].split("\n")
    span = plan.taps["conv2d"].span
    (line,) = lines[span.line - 1 : span.end_line]
    assert line[span.column : span.end_column] == "F.relu(self.conv2d(x))"


def test_slots_are_by_framework_key_and_name_canonical_paths() -> None:
    body = "inputs: {x: [4]}\nlayers:\n  - {name: g, layers: [{dense: 3, name: d}]}\n"
    torch, keras = plan_of(body), plan_of(body, "keras")
    assert sorted(torch.slots) == ["g.d.bias", "g.d.weight"]
    assert sorted(keras.slots) == ["g_d/bias", "g_d/kernel"]


def test_a_variable_is_used_again_once_its_value_is_dead() -> None:
    body = (
        "inputs: {x: [4]}\nlayers:\n  - {dense: 4, name: a}\n"
        "  - branches: {left: [{dense: 4}, tanh], right: [{dense: 4}]}\n    merge: add\n"
        "  - {add: , from: [add, a]}\n"
    )
    text = plan_of(body).files["model.py"]
    body_lines = text.partition("def forward")[2].split("\n")[1:]
    found = [line.split("#")[0].strip() for line in body_lines if line.strip()]
    assert found == [
        "x = self.a(x)",
        "left = torch.tanh(self.dense(x))",
        "right = self.dense_2(x)",
        "left = left + right",
        "return left + x",
    ]


OPTIONAL = """inputs: {x: [4]}
blocks:
  unit:
    params: {units: int, act: {type: str, default: linear}}
    layers:
      - dense: ${units}
      - silu:
        when: ${act == "silu"}
      - relu:
        when: ${act == "relu"}
layers:
  - unit: {units: 5, act: silu}
  - unit: {units: 6, act: relu}
  - unit: {units: 4}
"""


@pytest.mark.parametrize(
    ("backend", "head"), [("torch", "class Unit"), ("keras", "def unit")]
)
def test_layers_of_which_no_use_has_all_leave_one_code(backend: str, head: str) -> None:
    assert plan_of(OPTIONAL, backend).files["model.py"].count(head) == 1


RESIDUAL = """inputs: {x: [6]}
blocks:
  unit:
    params: {units: int, bent: bool}
    layers:
      - dense: ${units}
      - {tanh: , when: "${bent}", name: bend}
      - add:
        from: [bend, input]
        when: ${units == input.channels}
layers:
  - unit: {units: 4, bent: true}
  - unit: {units: 4, bent: false}
"""


@pytest.mark.parametrize("backend", ["torch", "keras"])
def test_a_variable_that_another_use_still_needs_is_not_given_anew(
    backend: str,
) -> None:
    text = plan_of(RESIDUAL, backend).files["model.py"]
    assert "x + x" not in text and "([x, x])" not in text
