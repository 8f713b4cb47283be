"""Every seeded bug is caught, and by the check that is meant for it."""

from __future__ import annotations

import pytest

from specgraph.backend import Backend
from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.pool import Pool
from specgraph.parity.report import CHECKS, Report
from specgraph.parity.trial import Settings, Team
from specgraph.plugins import find_backend
from tests.parity.constraint_mutants import CONSTRAINT_MUTANTS, LIMITED_SPECS
from tests.parity.mutants import MUTANTS, SPECS
from tests.parity.mutation import Edit, Mutant, MutatedBackend
from tests.parity.start_mutants import DRAWN, START_MUTANTS

STEPS = 3
CORRECT = {**SPECS, "drawn": DRAWN, **LIMITED_SPECS}
SEEDED = MUTANTS + START_MUTANTS + CONSTRAINT_MUTANTS


def report_on(
    text: str, backend: Backend, dtypes: tuple[str, ...], pool: Pool
) -> Report:
    settings = Settings(frozenset(CHECKS), dtypes, STEPS, seed=0)
    team = Team({backend.name: backend}, {})
    return judge([compile_spec(loads(text))], team, settings, pool)


@pytest.mark.parametrize("name", CORRECT)
@pytest.mark.parametrize("backend", ["torch", "keras", "tensorflow"])
def test_without_a_bug_nothing_is_caught(name: str, backend: str, pool: Pool) -> None:
    dtypes = ("float64", "float32")
    report = report_on(CORRECT[name], find_backend(backend), dtypes, pool)
    assert report.passed, report.table()


def _title(mutant: Mutant) -> str:
    return f"{mutant.backend}: {mutant.name}"


@pytest.mark.parametrize("mutant", SEEDED, ids=_title)
def test_a_bug_is_caught_by_the_check_meant_for_it(mutant: Mutant, pool: Pool) -> None:
    backend = MutatedBackend(find_backend(mutant.backend), mutant)
    report = report_on(mutant.spec, backend, ("float64", "float32"), pool)
    assert backend.applied >= len(mutant.changes), "the emitted text has changed"
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
