"""Gradients where a node gives several values, and where a gate is shut."""

from __future__ import annotations

import numpy as np
import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.cases import case_of
from specgraph.parity.checks import CHECKS
from specgraph.parity.oracle import consult
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.trial import Settings, Team
from specgraph.plugins import find_backend
from specgraph.testing.bugs.seeded import Edit, Mutant, MutatedBackend

HALVES = """
specgraph: 1
name: halves
inputs: {x: [6]}
layers:
  - split: 2
    name: halves
  - tanh: {}
    name: one
    from: halves.0
  - sigmoid: {}
    name: other
    from: halves.1
outputs: {one: one, other: other}
"""
STATES = """
specgraph: 1
name: states
inputs: {x: [5, 3]}
layers:
  - lstm: {units: 4, return_sequences: true, return_state: true}
    name: cell
outputs: {all: cell.output, last: cell.state_h}
"""
GATE = "specgraph: 1\nname: gate\ninputs: {x: [4]}\nlayers:\n  - sigmoid\n"


def edited(text: str, backend: str, change: Edit, pool: Pool) -> Report:
    mutant = Mutant("", "", text, backend, "", (change,))
    changed = MutatedBackend(find_backend(backend), mutant)
    settings = Settings(frozenset(CHECKS), ("float64", "float32"), 1, 0)
    graph = compile_spec(loads(text))
    report = judge([graph], Team({backend: changed}, {}), settings, pool)
    assert changed.applied
    return report


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ("halves.0", Edit("tanh(x)", "tanh(x / 2 + x.detach() / 2)")),
        ("halves.1", Edit("(halves_1)", "(halves_1 / 2 + halves_1.detach() / 2)")),
    ],
)
def test_a_gradient_halved_behind_one_of_several_values_is_found_there(
    value: str, change: Edit, pool: Pool
) -> None:
    report = edited(HALVES, "torch", change, pool)
    first = report.failures[0]
    assert (first.check, first.value) == ("gradients", value), report.table()


def test_one_value_made_out_of_another_of_its_node_is_the_same_model(
    pool: Pool,
) -> None:
    change = Edit("cell_state_h = cell_state_h[0]", "cell_state_h = all_[:, -1]")
    report = edited(STATES, "torch", change, pool)
    assert report.passed, report.table()


@pytest.mark.parametrize(
    ("dtype", "last_bit"), [("float32", 2.0**-23), ("float64", 2.0**-52)]
)
def test_the_slope_of_a_shut_gate_is_as_uncertain_as_the_last_bit_of_one(
    dtype: str, last_bit: float
) -> None:
    graph = compile_spec(loads(GATE))
    case = case_of(graph, {}, {"x": np.full((3, 4), 60.0)}, True, 0, "shut")
    error = consult(graph, {}, case).slope_error({}, {"x": 1.0}, dtype)
    assert last_bit / 100 < error < last_bit * 100
