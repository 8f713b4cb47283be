"""A failure names the layer that is wrong, its lines, and whether it is noise."""

from __future__ import annotations

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.localise import alone
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.trial import Settings, Team
from specgraph.plugins import find_backend
from specgraph.testing.bugs.models import TABLE
from specgraph.testing.bugs.seeded import Edit, Mutant, MutatedBackend


def report_on(edit: Edit, pool: Pool) -> Report:
    """The report on a bug in torch, Keras being right."""
    mutant = Mutant("", "", TABLE, "torch", "", (edit,))
    torch = MutatedBackend(find_backend("torch"), mutant)
    team = Team({"torch": torch, "keras": find_backend("keras")}, {})
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    return judge([compile_spec(loads(TABLE, "table.yaml"))], team, settings, pool)


def explained(report: Report) -> str:
    (found,) = [c.detail for c in report.failures if "model.py:" in c.detail]
    return found


def test_a_wrong_layer_is_named_with_its_lines(pool: Pool) -> None:
    report = report_on(Edit("nn.BatchNorm1d(6)", "nn.BatchNorm1d(6, eps=2e-5)"), pool)
    text = explained(report)
    assert text.startswith("batch_norm (batch_norm) is wrong by itself: its outputs")
    assert "wrong, not noise" in text
    assert "it looks like this: near" in text or "of a normalisation" in text
    assert "table.yaml:9: - batch_norm" in text
    assert "torch/model.py:" in text
    assert "self.batch_norm(x)" in text
    assert "keras/model.py:" in text


def test_a_guilty_backend_is_told_from_an_innocent_one(pool: Pool) -> None:
    report = report_on(Edit("nn.BatchNorm1d(6)", "nn.BatchNorm1d(6, eps=2e-5)"), pool)
    failing = {check.backends for check in report.failures}
    assert ("torch", "reference") in failing
    assert ("torch", "keras") in failing
    assert ("keras", "reference") not in failing


def test_wrong_wiring_is_told_from_a_wrong_layer(pool: Pool) -> None:
    report = report_on(Edit("self.batch_norm(x)", "self.batch_norm(x.flip(0))"), pool)
    text = explained(report)
    assert text.startswith("every layer is right by itself; batch_norm is the first")
    assert "it looks like this: reversed along axis 0" in text


def test_a_table_shows_the_failure_and_the_place(pool: Pool) -> None:
    report = report_on(Edit("dim=-1", "dim=0"), pool)
    table = report.table()
    assert "FAIL" in table
    assert "table.yaml:11: " in table
    assert "FAILED: " in table


@pytest.mark.parametrize("name", ["dense", "batch_norm", "softmax"])
def test_a_node_alone_is_a_model_of_its_own(name: str) -> None:
    graph = compile_spec(loads(TABLE))
    node = next(node for node in graph.walk() if node.name == name)
    lone = alone(graph, node)
    assert [node.name for node in lone.walk()] == [name]
    assert list(lone.parameters()) == [f"{name}.{p.name}" for p in node.params]
