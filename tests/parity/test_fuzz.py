"""Fuzzing finds a seeded bug, shrinks it, and says nothing of right backends."""

from __future__ import annotations

import pytest

from specgraph import plugins
from specgraph.backend import Backend
from specgraph.parity.pool import Pool
from specgraph.plugins import find_backend
from specgraph.spec.dump import dump
from specgraph.testing.bugs.seeded import Edit, Mutant, MutatedBackend
from specgraph.testing.fuzz import Fuzz, drawn


def test_the_same_seed_draws_the_same_specs() -> None:
    first, again, other = drawn(1, 10), drawn(1, 10), drawn(2, 10)
    assert [dump(data) for data in first] == [dump(data) for data in again]
    assert [dump(data) for data in first] != [dump(data) for data in other]


def test_right_backends_pass(pool: Pool) -> None:
    run = Fuzz(("torch", "keras"), seed=5, most=10)
    assert list(run.run(pool)) == []
    assert run.judged == 10


def test_a_bug_is_found_and_shrunk(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = Edit("torch.", "torch.nothing.")
    torch = MutatedBackend(
        find_backend("torch"), Mutant("", "", "", "torch", "", (edit,))
    )

    def found(name: str) -> Backend:
        return torch if name == "torch" else find_backend(name)

    monkeypatch.setattr(plugins, "find_backend", found)
    assert plugins.find_backend("torch") is torch
    run = Fuzz(("torch",), seed=5, most=20)
    failures = list(run.run(pool))
    assert failures
    first = failures[0]
    assert first.way.kind == "program"
    assert "AttributeError" in first.way.what
    assert first.smallest is not None
    assert first.smallest.after <= 8
    assert len(failures) == len(run.ways)
