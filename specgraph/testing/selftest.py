"""Holds the harness itself to account: every seeded bug must be caught, as it should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from specgraph.backend import Backend
from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.trial import Settings, Team
from specgraph.testing.bugs import CORRECT, MUTANTS, Mutant, MutatedBackend

DTYPES = ("float64", "float32")
STEPS = 3
"""Optimizer steps of a trial."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a seeded bug, or of a spec without one."""

    title: str
    backend: str
    mutant: Mutant | None
    applied: bool
    """Whether the text that the bug changes is still what is emitted."""
    report: Report

    @property
    def caught_by(self) -> str:
        """The first check that failed in the dtype in which it is to fail; or ""."""
        dtype = self.mutant.dtype if self.mutant is not None else "float64"
        failures = [c.check for c in self.report.failures if c.dtype == dtype]
        return failures[0] if failures else ""

    @property
    def good(self) -> bool:
        """Whether the harness did what it is for."""
        if self.mutant is None:
            return self.report.passed
        return self.applied and self.caught_by == self.mutant.check


def report_on(text: str, backend: Backend, pool: Pool, seed: int = 0) -> Report:
    """The report on one spec in one backend."""
    settings = Settings(frozenset(CHECKS), DTYPES, STEPS, seed)
    team = Team({backend.name: backend}, {})
    return judge([compile_spec(loads(text))], team, settings, pool)


def verdict_on(mutant: Mutant, backend: Backend, pool: Pool) -> Verdict:
    """One seeded bug."""
    wrong = MutatedBackend(backend, mutant)
    report = report_on(mutant.spec, wrong, pool)
    applied = wrong.applied >= len(mutant.changes)
    return Verdict(mutant.name, backend.name, mutant, applied, report)


def verdicts(
    backends: Sequence[Backend], pool: Pool, kinds: Sequence[str] = ()
) -> Iterator[Verdict]:
    """The specs without a bug, then every bug of these kinds (all, without any)."""
    named = {backend.name: backend for backend in backends}
    for backend in backends:
        for title, text in CORRECT.items():
            report = report_on(text, backend, pool)
            yield Verdict(title, backend.name, None, True, report)
    for mutant in MUTANTS:
        if mutant.backend in named and (not kinds or mutant.kind in kinds):
            yield verdict_on(mutant, named[mutant.backend], pool)
