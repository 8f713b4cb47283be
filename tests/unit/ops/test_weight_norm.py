"""A layer whose kernel is a length times a direction: axes, starts, what it holds."""

from __future__ import annotations

import numpy as np
import pytest

from specgraph.definition import CallError
from specgraph.load import plan_for
from specgraph.ops import OPS
from specgraph.weights.initial import init
from tests.located import graph_of

GROUPED = """
semantics: torch
inputs: {x: {shape: [8, time], layout: channels_first}}
layers:
- weight_norm:
    layer: {conv1d: {filters: 8, kernel_size: 4, groups: 2, padding: 2}}
    dim: 2
  name: positions
"""


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        ({"dense": 5}, (5,)),
        ({"layer": {"dense": 5}, "dim": 1}, (8,)),
        ({"layer": {"dense": 5}, "dim": None}, ()),
    ],
)
def test_there_is_a_length_for_each_place_along_the_axis(
    call: dict[str, object], shape: tuple[int, ...]
) -> None:
    graph = graph_of(f"inputs: {{x: [8]}}\nlayers: [{{weight_norm: {_yaml(call)}}}]")
    assert graph.parameters()["weight_norm.magnitude"].shape == shape


def test_torch_makes_the_weight_in_its_own_way_along_the_window() -> None:
    plan = plan_for(graph_of(GROUPED), "torch")
    text = plan.files["model.py"]
    assert "nn.Conv1d(8, 8, 4, padding=2, groups=2), dim=2" in text
    assert "positions.parametrizations.weight.original0" in plan.slots


def test_the_layer_starts_as_it_would_alone() -> None:
    drawn = init(graph_of(GROUPED), dtype="float64")
    kernel = drawn["positions.kernel"]
    lengths = np.linalg.norm(kernel.reshape(len(kernel), -1), axis=1)
    np.testing.assert_allclose(drawn["positions.magnitude"], lengths)


def test_a_loss_looks_through_the_activation_of_the_layer_inside() -> None:
    graph = graph_of(
        "inputs: {x: [8]}\n"
        "layers: [{weight_norm: {dense: {units: 3, activation: softmax}}}]\n"
        "train: {optimizer: sgd, loss: categorical_crossentropy}\n"
    )
    assert "def logits" in plan_for(graph, "torch").files["model.py"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"lstm": 4}, "lstm is no dense layer and no convolution"),
        ({"layer": {"dense": 4}, "dim": 2}, "has 2 axes, got dim 2"),
        ({"layer": {"dense": {}}}, "dense needs 'units'"),
    ],
)
def test_what_has_no_such_kernel_is_refused(call: object, message: str) -> None:
    with pytest.raises(CallError, match=message):
        OPS.parse({"weight_norm": call})


def _yaml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_yaml(v)}" for k, v in value.items()) + "}"
    return "null" if value is None else str(value)
