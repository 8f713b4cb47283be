"""An op applied to every step: what it takes, and how each framework says it."""

from __future__ import annotations

import pytest

from specgraph.definition import CallError
from specgraph.diagnostics import SpecError
from specgraph.load import plan_for
from specgraph.ops import OPS
from tests.located import graph_of

FRAMES = "inputs: {x: [time, 8, 6, 3]}\n"


def code(text: str, backend: str) -> str:
    """The model file of a spec."""
    return plan_for(graph_of(text), backend).files["model.py"]


def test_torch_takes_steps_and_examples_as_one_axis() -> None:
    text = code(f"{FRAMES}layers: [{{time_distributed: {{max_pool2d: 2}}}}]", "torch")
    assert "F.max_pool2d(x.flatten(0, 1), 2).unflatten(0, x.shape[:2])" in text


def test_torch_applies_what_takes_any_axes_as_it_is() -> None:
    text = code(
        "inputs: {x: [time, 3]}\nlayers: [{time_distributed: {dense: 4}}]", "torch"
    )
    assert "flatten" not in text


def test_keras_holds_every_layer_that_a_step_goes_through() -> None:
    layer = "{conv2d: {filters: 4, kernel_size: 3, padding: 2}}"
    text = code(f"{FRAMES}layers: [{{time_distributed: {layer}}}]", "keras")
    assert text.count("layers.TimeDistributed(") == 2


def test_keras_says_what_is_no_layer() -> None:
    graph = graph_of(f"{FRAMES}layers: [{{time_distributed: {{mean: 1}}}}]")
    with pytest.raises(SpecError, match="mean is none in Keras"):
        plan_for(graph, "keras")


def test_a_loss_looks_through_the_softmax_of_every_step() -> None:
    text = code(
        "inputs: {x: [time, 3]}\n"
        "layers: [{time_distributed: {dense: {units: 3, activation: softmax}}}]\n"
        "train: {optimizer: sgd, loss: categorical_crossentropy}\n",
        "torch",
    )
    assert "def logits" in text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"lstm": 4}, "lstm has no steps: it takes more than one value"),
        ({"dropout": 0.5}, "dropout has no steps: frameworks draw anew"),
        ("batch_norm", "batch_norm has no steps: its statistics"),
        ({"dens": 4}, "unknown op 'dens'"),
    ],
)
def test_a_layer_that_has_no_steps_is_refused(call: object, message: str) -> None:
    with pytest.raises(CallError, match=message):
        OPS.parse({"time_distributed": {"layer": call}})


@pytest.mark.parametrize(
    ("shape", "layer", "message"),
    [
        ("[5]", "{dense: 4}", r"needs \[time, ...\]"),
        ("[5, 4]", "{embedding: {input_dim: 3, output_dim: 2}}", "embedding takes int"),
        ("[5, 4]", "{argmax: 1}", "one output of floats"),
    ],
)
def test_a_value_without_such_steps_is_refused(
    shape: str, layer: str, message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        graph_of(f"inputs: {{x: {shape}}}\nlayers: [{{time_distributed: {layer}}}]")
