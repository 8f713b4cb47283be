"""Whether the order of layers is the graph's own or only that of the file."""

from __future__ import annotations

import pytest

from specgraph.weights.chains import follow_each_other
from tests.unit.weights.models import graph

BRANCHED = """
specgraph: 1
name: branched
inputs: {features: [4]}
layers:
  - dense: 4
  - branches:
      left: [{dense: 4}, {dense: 4}]
      right: [{dense: 4}]
    merge: add
  - dense: 4
"""


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ((), True),
        (("dense",), True),
        (("dense", "dense_2", "dense_3", "dense_5"), True),
        (("dense", "dense_4", "dense_5"), True),
        (("dense_2", "dense_4"), False),
        (("dense_3", "dense_4", "dense_5"), False),
    ],
)
def test_layers_on_parallel_branches_have_no_order(
    nodes: tuple[str, ...], expected: bool
) -> None:
    assert follow_each_other(graph(BRANCHED), nodes) is expected
