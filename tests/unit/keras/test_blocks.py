"""Blocks as functions of Keras: what they take, and what they call it."""

from __future__ import annotations

from specgraph.load import compile_spec, loads
from specgraph_keras import backend


def written(body: str, inputs: str = "{x: [8, 8, 3]}") -> str:
    spec = f"specgraph: 1\nname: tried\ninputs: {inputs}\n{body}"
    return backend.plan(compile_spec(loads(spec))).files["model.py"]


BRANCH_OF_A_PARAMETER = """
blocks:
  unit:
    params: {pool: int}
    layers:
      - branches:
          pool: [{max_pool2d: 1}, {conv2d: {filters: "${pool}", kernel_size: 1}}]
          skip: []
        merge: concat
layers: [{unit: 4}, {unit: 6}]
"""
BRANCH_OF_A_VARIABLE = """
layers:
  - branches:
      units: [{dense: 5}]
      deep:
        - for: {units: [4, 5]}
          layers: [{dense: "${units}"}]
    merge: add
"""


def test_no_value_of_a_block_is_called_like_a_parameter() -> None:
    text = written(BRANCH_OF_A_PARAMETER)
    assert "def unit(x, pool, " in text
    assert "layers.Conv2D(pool, 1" in text
    assert "    pool = " not in text


def test_no_value_is_called_like_the_variable_of_a_loop() -> None:
    text = written(BRANCH_OF_A_VARIABLE)
    assert "for i, units in enumerate((4, 5)):" in text
    assert "    units = " not in text
    assert "([dense, " in text
