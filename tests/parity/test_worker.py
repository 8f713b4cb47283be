"""A worker that dies, hangs or talks nonsense is a failure with its evidence, no crash."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from specgraph.backend import Backend
from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, loads
from specgraph.lower.plan import Plan
from specgraph.lower.rules import Rules
from specgraph.ops.base import Op
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool, WorkerFailed
from specgraph.parity.report import Report
from specgraph.parity.trial import Settings, Team, gather
from specgraph.plugins import find_backend

ROOT = Path(__file__).parents[2]
SPEC = """
specgraph: 1
name: tiny
inputs: {x: [3]}
layers:
  - dense: 2
"""


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """Workers that find the fakes of the tests."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with Pool() as pool:
        yield pool


class Faked:
    """The torch backend, run by a fake runtime."""

    name = "torch"
    requires: tuple[str, ...] = ()

    def __init__(self, fake: str) -> None:
        self.worker = f"tests.parity.fakes.{fake}"

    @property
    def rules(self) -> Rules[Op]:
        """torch's."""
        return find_backend("torch").rules

    def plan(self, graph: Graph) -> Plan:
        """torch's."""
        return find_backend("torch").plan(graph)


def graph() -> Graph:
    return compile_spec(loads(SPEC))


def report_on(backend: Backend, pool: Pool) -> Report:
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    return judge([graph()], Team({"torch": backend}, {}), settings, pool)


@pytest.mark.parametrize(
    ("fake", "evidence"),
    [
        ("crash", "exit status 7"),
        ("crash", "the last words"),
        ("hang", "did not answer within 1 s"),
        ("no_start", "RuntimeError: no device"),
        ("not_a_module", "No module named"),
    ],
)
def test_a_dead_worker_is_a_failure_with_its_stderr(
    fake: str, evidence: str, fresh: Pool
) -> None:
    fresh.job_limit = 1.0 if fake == "hang" else fresh.job_limit
    report = report_on(Faked(fake), fresh)
    assert not report.passed
    assert report.exit_code == 3
    assert evidence in report.failures[0].detail


class Raising(Faked):
    """A plug-in with a fault of its own."""

    def plan(self, graph: Graph) -> Plan:
        """Nothing."""
        raise KeyError("a fault of the plug-in")


FAULTS = {
    "crash": (Faked("crash"), "exit status 7"),
    "hang": (Faked("hang"), "did not answer within 2 s"),
    "garbage": (Faked("garbage"), "b'garbage!', which is no reply"),
    "memory": (Faked("full"), "MemoryError"),
    "killed": (Faked("killed"), "exit status -9"),
    "plug-in": (Raising("crash"), "KeyError: 'a fault of the plug-in'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_that_backends_alone(fault: str, fresh: Pool) -> None:
    """Two specs, a backend that is well and one that is not."""
    fresh.job_limit = 2.0 if fault == "hang" else fresh.job_limit
    backend, evidence = FAULTS[fault]
    well = find_backend("torch")
    for dtype in ("float64",):
        fresh.start(well.worker, dtype).ready.result()
    team = Team({"well": well, "faulty": backend}, {})
    other = compile_spec(loads(SPEC.replace("tiny", "other")))
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    report = judge([graph(), other], team, settings, fresh)
    assert report.exit_code == 3
    assert evidence in report.failures[0].detail
    by_backend = {"well": True, "faulty": False}
    for check in report.checks:
        if check.backends[1] == "reference":
            assert check.passed is by_backend[check.backends[0]], check
    assert {check.spec for check in report.checks} == {"tiny", "other"}
    checked = {c.check for c in report.checks if c.passed and c.spec == "other"}
    assert {"structure", "weights", "outputs", "layers", "gradients"} <= checked


def test_a_worker_that_does_not_start_is_told_once_for_all_specs(fresh: Pool) -> None:
    other = compile_spec(loads(SPEC.replace("tiny", "other")))
    team = Team({"torch": Faked("no_start")}, {})
    settings = Settings(frozenset(CHECKS), ("float64", "float32"), 1, 0)
    report = judge([graph(), other], team, settings, fresh)
    assert report.exit_code == 3
    (failure,) = report.failures
    assert "no device" in failure.detail
    missed = [check for check in report.checks if check is not failure]
    assert {check.spec for check in missed} == {"tiny", "other"}
    why = "not run: tiny: structure (float64) of torch says why"
    assert {check.detail for check in missed} == {why}


def test_an_error_in_a_model_is_a_difference_not_a_death(fresh: Pool) -> None:
    report = report_on(Faked("error"), fresh)
    assert report.exit_code == 1
    assert "ValueError: no such layer" in report.failures[0].detail


def test_what_a_framework_prints_does_not_disturb_replies(fresh: Pool) -> None:
    worker = fresh.start("tests.parity.fakes.chatter", "float64")
    worker.ready.result()
    assert worker.environment == {"fake": "chatter"}


def test_nonsense_is_a_failure(
    fresh: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho the reason >&2\necho nonsense\nread line\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    worker = fresh.start("nothing", "float64")
    with pytest.raises(WorkerFailed, match="nonsense") as caught:
        worker.ready.result()
    assert "the reason" in str(caught.value)
    assert caught.value.died


def test_a_worker_that_died_is_replaced_but_not_for_the_model_that_ended_it(
    fresh: Pool, tmp_path: Path
) -> None:
    weights = fresh.store("weights", {"w": np.array([1.5])})
    jobs = []
    for name, body in (("fatal", "import os\n    os._exit(1)"), ("good", "pass")):
        path = tmp_path / f"{name}.py"
        path.write_text(f"def model():\n    {body}\n")
        model = {
            "path": str(path),
            "entry": "model",
            "taps": [],
            "siblings": [],
            "runs": [],
            "again": {},
        }
        jobs.append({"kind": "describe", "weights": weights, "model": model})
    worker = fresh.start("tests.parity.fakes.holder", "float64")
    for reason in ("ended", "has ended a worker before"):
        with pytest.raises(WorkerFailed, match=reason) as caught:
            worker.submit(jobs[0]).result()
        assert caught.value.died
    result = worker.submit(jobs[1]).result()
    assert result.arrays["weight:w"].tolist() == [1.5]


def test_a_missing_backend_is_a_failure_never_a_skip(pool: Pool) -> None:
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    report = judge([graph()], gather(["torch", "tourch"]), settings, pool)
    assert not report.passed
    assert report.exit_code == 3
    (failure,) = report.failures
    assert failure.backends == ("tourch", "reference")
    assert "did you mean 'torch'" in failure.detail


def test_a_backend_without_its_framework_is_a_failure(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = type(find_backend("torch"))()
    monkeypatch.setattr(backend, "requires", ("no_such_framework",), raising=False)
    monkeypatch.setattr("specgraph.plugins.find_backend", lambda name: backend)
    team = gather(["torch"])
    assert team.missing == {
        "torch": "backend torch needs no_such_framework, not installed"
    }
