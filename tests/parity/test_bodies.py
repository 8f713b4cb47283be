"""Blocks and loops of odd shapes are the same model in every backend."""

from __future__ import annotations

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.pool import Pool
from specgraph.parity.report import CHECKS
from specgraph.parity.trial import Settings, gather

BODIES = {
    "a turn that names the input of its loop": """
inputs: {x: [4]}
layers:
  - for: {i: [0, 2]}
    layers:
      - tanh
      - add:
        from: [tanh, x]
      - dense: 4
""",
    "a loop whose variable hides a parameter that is read after it": """
inputs: {x: [5]}
blocks:
  narrow:
    params: {width: int}
    layers:
      - for: {width: [2, 3]}
        layers: [{dense: "${width}"}]
      - dense: ${width}
layers:
  - narrow: 4
  - narrow: 6
""",
    "turns in which nothing is left": """
inputs: {x: [3, 4]}
layers:
  - layers:
      - lstm: 2
        when: "${1 > 2}"
    repeat: 3
  - relu
""",
    "numbers without axes": """
inputs: {x: []}
blocks: {bend: {layers: [tanh]}}
layers:
  - bend:
    repeat: 3
""",
    "a loop that takes what a group around it holds": """
inputs: {x: [5]}
layers:
  - layers:
      - elu
      - relu: {}
        name: inner
      - layers:
          - tanh:
            from: inner
          - abs
        repeat: 1
        name: last
    name: outer
""",
    "a loop that gives several values": """
inputs: {x: [4]}
layers:
  - layers:
      - relu
      - split: 2
    repeat: 1
    name: halves
""",
    "a layer that has the name of what its turn takes": """
inputs: {x: [5]}
layers:
  - layers:
      - tanh:
        name: input
      - abs
    repeat: 2
""",
    "a loop of one layer in a block": """
inputs: {x: [5]}
blocks:
  bend:
    layers:
      - relu
      - layers: [flatten]
        repeat: 2
layers:
  - bend:
    repeat: 2
""",
    "projections of their own in a block": """
inputs: {x: [5, 3]}
blocks:
  mixed:
    layers:
      - multi_head_attention: {num_heads: 3, use_bias: {query: true}}
layers:
  - mixed:
    repeat: 2
""",
}


@pytest.mark.parametrize("layers", BODIES.values(), ids=list(BODIES))
def test_a_body_is_the_same_model_everywhere(layers: str, pool: Pool) -> None:
    graph = compile_spec(loads(f"specgraph: 1\nname: odd\n{layers}"))
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    report = judge([graph], gather(("torch", "keras")), settings, pool)
    assert report.passed, report.table()
