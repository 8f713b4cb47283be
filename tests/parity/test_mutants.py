"""Every seeded bug is caught, and by the check that is meant for it."""

from __future__ import annotations

import pytest

from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool
from specgraph.plugins import find_backend
from specgraph.testing.bugs import CORRECT, KINDS, MUTANTS, Mutant
from specgraph.testing.bugs.seeded import Edit
from specgraph.testing.selftest import report_on, verdict_on

UNSEEDED = {"schedule"}
"""Kinds of what the language does not have yet."""


@pytest.mark.parametrize("name", CORRECT)
@pytest.mark.parametrize("backend", ["torch", "keras", "tensorflow"])
def test_without_a_bug_nothing_is_caught(name: str, backend: str, pool: Pool) -> None:
    report = report_on(CORRECT[name], find_backend(backend), pool)
    assert report.passed, report.table()


def _title(mutant: Mutant) -> str:
    return f"{mutant.backend}: {mutant.name}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=_title)
def test_a_bug_is_caught_by_the_check_meant_for_it(mutant: Mutant, pool: Pool) -> None:
    verdict = verdict_on(mutant, find_backend(mutant.backend), pool)
    report = verdict.report
    assert verdict.applied, "the emitted text has changed"
    failures = [c for c in report.failures if c.dtype == mutant.dtype]
    assert failures, f"survived: {mutant.name}"
    assert failures[0].check == mutant.check, report.table()
    files = {edit.file for edit in mutant.changes if isinstance(edit, Edit)}
    if files == {"train.py"}:
        lines = mutant.spec.splitlines()
        number = next(n for n, line in enumerate(lines, 1) if line.startswith("train:"))
        assert failures[0].at == f"spec.yaml:{number}"
        assert f"{mutant.backend}/train.py:" in failures[0].detail
    if mutant.dtype == "float32":
        exact = [c for c in report.failures if c.dtype == "float64"]
        assert not exact, report.table()


def test_the_list_covers_every_check() -> None:
    assert {mutant.check for mutant in MUTANTS} >= set(CHECKS) - {"layers"}


def test_the_list_covers_every_kind_and_backend() -> None:
    assert len(MUTANTS) >= 60
    assert {mutant.kind for mutant in MUTANTS} == set(KINDS) - UNSEEDED
    assert {mutant.backend for mutant in MUTANTS} == {"torch", "keras", "tensorflow"}
