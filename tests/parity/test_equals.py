"""Equal candidates of a maximum: rounding decides who has the gradient."""

from __future__ import annotations

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.pool import Pool
from specgraph.parity.trial import Settings, gather

FEW_WORDS = """
specgraph: 1
name: few_words
inputs: {words: {shape: [time], dtype: int32, range: [0, 4]}}
layers:
  - embedding: {input_dim: 7, output_dim: 5}
  - mish
  - conv1d_transpose:
      filters: 4
      kernel_size: 2
      strides: 2
      dilation_rate: 4
      output_padding: 3
  - global_max_pool1d
"""
CHECKED = frozenset({"outputs", "gradients"})


@pytest.mark.parametrize("seed", [0, 4, 6])
def test_the_choice_of_rounding_is_no_failure(seed: int, pool: Pool) -> None:
    graph = compile_spec(loads(FEW_WORDS))
    settings = Settings(CHECKED, ("float64", "float32"), 1, seed)
    report = judge([graph], gather(("torch", "keras")), settings, pool)
    assert report.passed, report.table()
