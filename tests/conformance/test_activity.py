"""Penalties on values are part of the loss in every backend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.trial import gather
from specgraph.testing import Suite

BACKENDS = ("torch", "keras", "tensorflow")
LAYERS = {
    "between layers": """
  - dense: 4
  - activity_regularization: {l1: 0.5, l2: 0.25}
  - dense: {units: 2, kernel_regularizer: l2}
""",
    "before logits": """
  - dense: 3
  - activity_regularization: {l2: 2.0}
  - softmax
""",
    "in a group, twice": """
  - layers:
      - dense: 4
      - {activity_regularization: {l1: 0.5}, name: first}
      - {activity_regularization: {l1: 0.25}, name: second}
  - dense: 2
""",
}
LOSSES = {"before logits": "categorical_crossentropy"}


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    """The workers of all three backends."""
    with Suite(*BACKENDS) as opened:
        yield opened


@pytest.mark.parametrize("place", LAYERS)
def test_a_penalty_on_values_is_in_the_loss(suite: Suite, place: str) -> None:
    text = (
        "specgraph: 1\nname: active\ninputs: {x: [5]}\nlayers:"
        f"{LAYERS[place]}train: {{optimizer: sgd, loss: {LOSSES.get(place, 'mse')}}}\n"
    )
    graph = compile_spec(loads(text))
    report = judge([graph], gather(BACKENDS), suite.settings, suite.pool)
    assert report.passed, report.table()
    assert any(check.check == "loss" for check in report.checks)
