"""At exactly 0, where activations may have a kink, all backends take one slope."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specgraph.load import compile_spec, loads
from specgraph.ops import OPS
from specgraph.ops.base import Activation
from specgraph.parity.api import judge
from specgraph.parity.trial import gather
from specgraph.testing import Suite

BACKENDS = ("torch", "keras", "tensorflow")
LABELS = sorted(op.label for op in OPS if issubclass(op, Activation))
LEARNED = ("prelu",)


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    """The workers of all three backends."""
    with Suite(*BACKENDS, dtypes=("float64",)) as opened:
        yield opened


@pytest.mark.parametrize("label", [*LABELS, *LEARNED])
def test_slopes_at_zero_are_alike(suite: Suite, label: str) -> None:
    text = (
        f"specgraph: 1\nname: kinks_of_{label}\ninputs: {{x: [6]}}\n"
        f"layers: [relu, {label}]\n"
    )
    graph = compile_spec(loads(text))
    report = judge([graph], gather(BACKENDS), suite.settings, suite.pool)
    assert report.passed, report.table()
