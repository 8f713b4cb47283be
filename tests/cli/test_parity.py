"""`specgraph parity`: its exit statuses, its reports, and what it asks of backends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specgraph_cli import inputs
from tests.cli.conftest import Run

QUICK = ("parity", "specs/one.yaml", "--checks", "structure,outputs")


def test_one_backend_is_compared_with_the_reference(run: Run, project: Path) -> None:
    torch = ("--backends", "torch", "--dtype", "float64", "--report", "parity.json")
    done = run(*QUICK, *torch)
    assert (done.status, done.err) == (0, "")
    assert "passed: " in done.out
    told = json.loads(Path("parity.json").read_text())
    assert (told["schema"], told["passed"]) == (1, True)
    pairs = {tuple(check["backends"]) for check in told["checks"]}
    assert pairs == {("torch", "reference")}
    assert {check["dtype"] for check in told["checks"]} == {"float64"}


def test_a_backend_that_is_not_there_is_status_3(run: Run, project: Path) -> None:
    done = run(*QUICK, "--backends", "caffe", "--format", "json")
    assert done.status == 3
    assert json.loads(done.out)["passed"] is False


def test_a_spec_that_does_not_compile_is_wrong_usage(run: Run, project: Path) -> None:
    done = run("parity", "broken.yaml", "--backends", "torch")
    assert done.status == 2
    assert "broken.yaml:6:5: error[unknown-op]" in done.err


def test_an_unknown_check_is_wrong_usage(run: Run, project: Path) -> None:
    done = run("parity", "specs/one.yaml", "--backends", "torch", "--checks", "speed")
    assert done.status == 2
    assert "no check 'speed'" in done.err


def test_a_report_of_another_kind_is_wrong_usage(run: Run, project: Path) -> None:
    assert run(*QUICK, "--report", "parity.pdf").status == 2


def test_backends_left_out_for_want_of_a_framework_are_named(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "lacking", lambda backend: backend.name)
    done = run(*QUICK)
    assert done.status == 3
    assert "keras is left out: keras is not installed" in done.err
    assert "no framework is installed" in done.err


def test_selftest_catches_every_bug_of_a_kind(run: Run) -> None:
    done = run("selftest", "--backend", "torch", "--kind", "momentum")
    assert (done.status, done.err) == (0, "")
    assert "100 % caught; 0 false alarms" in done.out


def test_selftest_knows_its_kinds(run: Run) -> None:
    done = run("selftest", "--kind", "speed")
    assert done.status == 2
    assert "--kind speed: there are epsilon, " in done.err
