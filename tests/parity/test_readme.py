"""The figures that the README shows are those of a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from specgraph.load import compile_spec, load
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool
from specgraph.parity.trial import Settings, gather

ROOT = Path(__file__).parents[2]
BACKENDS = ("torch", "keras")
PAIRS = (*((name, "reference") for name in BACKENDS), BACKENDS)
ROW = re.compile(r"^  (\w+) +float64 +(\S+) +(\S+) +(\S+)$", re.MULTILINE)


@pytest.mark.slow
def test_figures_of_the_readme_are_those_of_a_run_but_for_rounding(pool: Pool) -> None:
    settings = Settings(frozenset(CHECKS), ("float64",), 10, 0)
    graph = compile_spec(load(ROOT / "specs/seed/mnist_cnn.yaml"))
    report = judge([graph], gather(list(BACKENDS)), settings, pool)
    found = {(check.check, check.backends): check.error for check in report.checks}
    rows = ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [row[0] for row in rows] == [
        "outputs",
        "layers",
        "loss",
        "gradients",
        "train",
    ]
    for check, *figures in rows:
        for pair, figure in zip(PAIRS, figures, strict=True):
            if figure != "-":
                error = found[check, pair]
                assert float(figure) / 10 < error < float(figure) * 10, (check, pair)
