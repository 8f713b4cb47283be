"""Every failure is explained in a sentence: what it is, where, and what to look at."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS, REFERENCE, Check
from specgraph.parity.explain import explain
from specgraph.parity.pool import Pool
from specgraph.parity.report import Explanation, Report
from specgraph.parity.trial import Settings, Team
from specgraph.plugins import find_backend
from specgraph.testing.bugs.models import TABLE
from specgraph.testing.bugs.seeded import Edit, Mutant, MutatedBackend


def check(
    name: str = "outputs",
    dtype: str = "float64",
    backends: tuple[str, str] = ("torch", REFERENCE),
    error: float = 0.0,
    **more: object,
) -> Check:
    tolerance = 1e-9 if dtype == "float64" else 1e-4
    said = {"passed": error <= tolerance, "value": "dense", "at": "m.yaml:4", **more}
    return Check("m", "", name, dtype, backends, error, tolerance, **said)  # type: ignore[arg-type]


def of(*checks: Check) -> list[Explanation]:
    return explain(Report(checks=list(checks)))


def test_agreement_needs_no_explanation() -> None:
    assert of(check(), check(dtype="float32")) == []


@pytest.mark.parametrize(
    ("checks", "kind", "words"),
    [
        (
            [check(error=0.1), check(dtype="float32", error=0.1)],
            "semantics",
            "torch computes another function than the spec says: its outputs are off "
            "by 1.0e-01 in float64, where rounding explains 1e-09",
        ),
        (
            [check(error=3e-8), check(dtype="float32", error=1e-6)],
            "leak",
            "torch seems to round through float32 within a float64 model",
        ),
        (
            [check(), check(dtype="float32", error=0.1)],
            "precision",
            "with one backend it cannot be said whether another would keep it",
        ),
        (
            [
                check(),
                check(dtype="float32", error=0.1),
                check(dtype="float32", backends=("keras", REFERENCE)),
            ],
            "precision",
            "the loss is torch's own: keras keeps it",
        ),
        (
            [check(dtype="float32", error=0.1)],
            "unknown",
            "run with --dtype all to learn whether it is wrong or noise",
        ),
        (
            [check("random", error=0.4, detail="keeps 0.7, should keep 0.5")],
            "draws",
            "What torch draws at random is not what the spec says",
        ),
        (
            [check("weights", error=1.0)],
            "semantics",
            "A weight of torch does not hold what it is given",
        ),
        (
            [
                check(
                    "structure",
                    error=1.0,
                    broke=True,
                    detail="ValueError: no such layer",
                )
            ],
            "program",
            "The program that is emitted for torch does not run (ValueError: no such layer)",
        ),
        (
            [
                check(
                    "structure",
                    error=1.0,
                    died=True,
                    broke=True,
                    detail="the worker torch ended (exit status 7)\nlast words",
                )
            ],
            "process",
            "torch could not be run, so nothing is known of its numbers",
        ),
        (
            [check("train", error=0.1, value="dense.kernel")],
            "semantics",
            "and the model itself agrees: look at train.py and m.yaml:4",
        ),
    ],
)
def test_a_failure_is_told_by_its_kind(
    checks: Sequence[Check], kind: str, words: str
) -> None:
    (found,) = of(*checks)
    assert found.kind == kind
    assert words in found.text
    assert found.text.endswith(".")
    assert found.backends == ("torch",)


def test_of_two_that_differ_the_reference_names_the_guilty_one() -> None:
    pair = check(backends=("torch", "keras"), error=0.1)
    (found,) = of(check(error=0.1), check(backends=("keras", REFERENCE)), pair)
    assert found.backends == ("torch",)
    assert found.count == 2


def test_a_real_bug_is_explained_with_its_place(pool: Pool) -> None:
    edit = Edit("nn.BatchNorm1d(6)", "nn.BatchNorm1d(6, eps=2e-5)")
    torch = MutatedBackend(
        find_backend("torch"), Mutant("", "", TABLE, "torch", "", (edit,))
    )
    settings = Settings(frozenset(CHECKS), ("float64", "float32"), 1, 0)
    graph = compile_spec(loads(TABLE, "table.yaml"))
    report = judge([graph], Team({"torch": torch}, {}), settings, pool)
    report.explanations = explain(report)
    (found,) = report.explanations
    assert found.kind == "semantics"
    assert "the first place that is wrong is batch_norm, table.yaml:9" in found.text
    assert "what it comes down to:" in report.table()
