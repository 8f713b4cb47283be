"""What ties layers together: the order of inputs, and masks that go where they are sent."""

from __future__ import annotations

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool
from specgraph.parity.trial import Settings, gather

INPUTS_OF_ANY_ORDER = """
specgraph: 1
name: inputs
inputs: {second: [3], first: [3]}
layers:
  - subtract:
    from: [second, first]
  - dense: 2
"""
ONE_VALUE_OUT_TWICE = """
specgraph: 1
name: twice
inputs: {x: [8]}
layers:
  - dense: {units: 3, activation: softmax}
outputs: {likely: dense, same: dense}
train:
  optimizer: {sgd: 0.1}
  loss: {likely: categorical_crossentropy, same: mae}
"""
A_SOFTMAX_THAT_FEEDS_A_LAYER = """
specgraph: 1
name: fed
inputs: {x: [8]}
layers:
  - dense: {units: 3, activation: softmax}
    name: likely
  - dense: 2
    name: rest
outputs: {likely: likely, again: likely, rest: rest}
train:
  optimizer: {sgd: 0.1}
  loss: {likely: categorical_crossentropy, again: categorical_crossentropy, rest: mse}
"""
A_MASK_THAT_ENDS = """
specgraph: 1
name: masked
inputs: {x: [7, 3], present: {shape: [7], dtype: bool}}
layers:
  - LAYER: {units: 4, return_sequences: true, return_state: STATE}
    from: {input: x, mask: present}
  - branches:
      mean: [global_average_pool1d]
      last: [gru: 3]
      normal: [batch_norm, flatten]
      likely: [softmax]
    name: b
outputs: {mean: b.mean, last: b.last, normal: b.normal, likely: b.likely}
"""


def refused(text: str, backend: str, pool: Pool) -> list[str]:
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    report = judge([compile_spec(loads(text))], gather([backend]), settings, pool)
    return [f"{failure.check}: {failure.detail}" for failure in report.failures]


def test_torch_takes_inputs_in_the_order_of_the_spec(pool: Pool) -> None:
    assert refused(INPUTS_OF_ANY_ORDER, "torch", pool) == []


@pytest.mark.parametrize("backend", ["torch", "keras", "tensorflow"])
def test_a_loss_may_look_through_one_of_two_outputs(backend: str, pool: Pool) -> None:
    assert refused(ONE_VALUE_OUT_TWICE, backend, pool) == []


@pytest.mark.parametrize("backend", ["torch", "keras"])
def test_a_softmax_that_a_loss_looks_through_may_feed_a_layer(
    backend: str, pool: Pool
) -> None:
    assert refused(A_SOFTMAX_THAT_FEEDS_A_LAYER, backend, pool) == []


@pytest.mark.parametrize(
    ("layer", "state"), [("lstm", "false"), ("gru", "true"), ("simple_rnn", "false")]
)
def test_no_mask_outlives_its_layer_in_keras(
    layer: str, state: str, pool: Pool
) -> None:
    text = A_MASK_THAT_ENDS.replace("LAYER", layer).replace("STATE", state)
    assert refused(text, "keras", pool) == []


def test_a_model_that_computes_nothing_has_no_layers_to_compare(pool: Pool) -> None:
    text = INPUTS_OF_ANY_ORDER.partition("layers:")[0].replace("second: [3], ", "")
    text += "layers: [{dense: 3, when: false}]\n"
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    report = judge([compile_spec(loads(text))], gather(["torch"]), settings, pool)
    assert report.passed
    assert "layers" not in {check.check for check in report.checks}
    reasons = {skip.value: skip.reason for skip in report.skipped}
    assert reasons["inputs.layers"] == "not applicable: no output follows from a layer"
