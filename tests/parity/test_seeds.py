"""The seed models: three backends, every check, and the report on them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import specgraph
from specgraph.load import compile_spec
from specgraph.parity.api import DTYPES, judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.trial import Settings, gather

SEEDS = Path(__file__).parents[2] / "specs" / "seed"
NAMES = ("mnist_cnn", "text_lstm", "speech_cnn")
BACKENDS = ("torch", "keras", "tensorflow")
FIELDS = {
    "spec",
    "variant",
    "check",
    "dtype",
    "backends",
    "error",
    "tolerance",
    "passed",
    "value",
    "at",
}


@pytest.fixture(scope="module")
def report(pool: Pool) -> Report:
    """The report on all three."""
    graphs = [compile_spec(specgraph.load(SEEDS / f"{name}.yaml")) for name in NAMES]
    settings = Settings(frozenset(CHECKS), DTYPES, steps=10, seed=0)
    return judge(graphs, gather(BACKENDS), settings, pool)


def test_the_seeds_are_the_same_in_all_backends(report: Report) -> None:
    assert report.passed, report.table()
    assert report.exit_code == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_check_compares_every_pair(report: Report, name: str) -> None:
    found = {(c.check, c.dtype, c.backends) for c in report.checks if c.spec == name}
    applicable = set(CHECKS) - {"buffers", "random"}
    for check in applicable:
        for dtype in DTYPES:
            for backend in BACKENDS:
                assert (check, dtype, (backend, "reference")) in found
    for check in ("outputs", "layers", "gradients", "train"):
        for pair in (
            ("torch", "keras"),
            ("torch", "tensorflow"),
            ("keras", "tensorflow"),
        ):
            assert (check, "float64", pair) in found


def test_every_value_and_weight_is_counted(report: Report) -> None:
    graphs = [compile_spec(specgraph.load(SEEDS / f"{name}.yaml")) for name in NAMES]
    values = sum(
        len([*graph.values()]) - len(graph.inputs) + len(graph.parameters())
        for graph in graphs
    )
    # Gradients of inputs that are floats count too.
    floats = sum(
        e.value.type.dtype == "float32" for g in graphs for e in g.inputs.values()
    )
    assert report.compared == values + floats
    assert [skip.reason for skip in report.skipped] == [
        "a model input: given, not computed"
    ] * 3


def test_the_json_has_the_documented_fields(report: Report) -> None:
    data = json.loads(report.to_json())
    fields = {"schema", "passed", "environment", "checks", "traces", "coverage"}
    assert set(data) == fields
    assert data["schema"] == 1
    assert data["passed"] is True
    assert set(data["coverage"]) == {"compared", "skipped"}
    assert all(set(skip) == {"value", "reason"} for skip in data["coverage"]["skipped"])
    for check in data["checks"]:
        assert set(check) - {"case"} == FIELDS
        assert check["check"] in CHECKS
        assert len(check["backends"]) == 2


def test_the_environment_says_what_it_ran_on(report: Report) -> None:
    environment = report.environment
    for name in ("torch", "keras", "tensorflow", "numpy", "python", "seed", "steps"):
        assert name in environment
    assert environment["tensorflow oneDNN"] == "0"
    assert environment["tensorflow float64"] == "Python floats exact"
    assert environment["torch denormals"] == "flushed"
