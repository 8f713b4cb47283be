"""Graphs made legal for a backend: rewrites, and every gap at once."""

from __future__ import annotations

import itertools

import pytest

from specgraph.diagnostics import SpecError
from specgraph.lower.program import Use, legalize
from specgraph.lower.rules import Entry, Gap, Lowered, Rules, Step
from specgraph.ops.activation import Relu, Tanh
from specgraph.ops.base import Op
from specgraph.ops.dense import Dense
from specgraph.ops.merge import Add
from tests.located import graph_of


def nothing(op: Op, at: object) -> Lowered:
    raise AssertionError("rules are not run here")


def table(*ops: type[Op], parent: Rules[Op] | None = None) -> Rules[Op]:
    rules: Rules[Op] = Rules("mine" if parent is None else "child", parent)
    rules.lower(*ops)(nothing)
    return rules


def test_gaps_are_reported_all_at_once_with_places_and_reasons() -> None:
    rules = table(Dense)
    rules.gap(Tanh, "there is no such thing")
    body = "inputs: {x: [4]}\nlayers:\n  - tanh\n  - dense: 4\n  - relu\n"
    with pytest.raises(SpecError) as caught:
        legalize(graph_of(body), rules)
    tanh, relu = caught.value.diagnostics
    assert tanh.message == "backend mine cannot build tanh: there is no such thing"
    assert (
        relu.message == "backend mine cannot build relu: the backend has no rule for it"
    )
    assert [(d.code, d.at and d.at.line) for d in (tanh, relu)] == [
        ("unsupported-op", 5),
        ("unsupported-op", 7),
    ]


def test_a_rewrite_may_state_a_gap() -> None:
    rules = table(Relu)

    @rules.rewrite(Relu)
    def relu(op: Relu, types: object) -> list[Step]:
        raise Gap("only on Tuesdays")

    with pytest.raises(SpecError, match="relu: only on Tuesdays"):
        legalize(graph_of("inputs: {x: [4]}\nlayers: [relu]\n"), rules)


def test_a_rewrite_s_steps_get_names_that_nothing_has() -> None:
    rules = table(Relu, Tanh, Add)

    @rules.rewrite(Relu)
    def relu(op: Relu, types: object) -> list[Step]:
        return [Step(Tanh(), "_first"), Step(Tanh(), "_first"), Step(op)]

    body = "inputs: {x: [4]}\nlayers:\n  - {tanh: , name: relu_first}\n  - relu\n"
    uses = [use for use in legalize(graph_of(body), rules) if isinstance(use, Use)]
    paths = ["_".join(use.path) for use in uses]
    assert paths == ["relu_first", "relu_first_", "relu_first__", "relu"]
    for before, after in itertools.pairwise(uses):
        assert after.inputs.first in before.outputs.values()
    assert [use.node.name for use in uses] == ["relu_first", "relu", "relu", "relu"]


def test_a_derived_table_has_its_parent_s_rules_but_for_stated_gaps() -> None:
    parent = table(Relu, Tanh)
    child = table(Dense, parent=parent)
    child.gap(Tanh, "not here")
    assert child.find(Relu) == parent.find(Relu) == Entry(nothing, Relu.order)
    assert child.find(Tanh) is None
    assert child.reason(Tanh) == "not here"
    assert set(child) == {Dense, Relu}
    assert parent.find(Dense) is None


def test_two_rules_for_one_op_are_an_error() -> None:
    with pytest.raises(TypeError, match="mine: two rules for relu"):
        table(Relu, Relu)
