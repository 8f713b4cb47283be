"""model.py for Keras: what it refuses, how it names things, what it can be saved as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from specgraph.load import compile_spec, loads
from specgraph.lower.plan import Plan
from specgraph.testing.samples import SampleCase, all_samples
from specgraph_keras import backend

BATCH, LENGTH = 3, 7


def plan_of(spec: str) -> Plan:
    return backend.plan(compile_spec(loads(spec)))


def built(plan: Plan) -> Any:
    found: dict[str, Any] = {}
    exec(compile(plan.files["model.py"], "model.py", "exec"), found)
    return found[plan.entry]()


def spec(body: str, inputs: str = "{x: [4]}", name: str = "tried") -> str:
    return f"specgraph: 1\nname: {name}\ninputs: {inputs}\n{body}"


def names_of(model: Any) -> list[str]:
    return [layer.name for layer in model.layers]


@pytest.mark.parametrize(
    ("bounds", "size", "message"),
    [
        ("{min: 5, max: 9}", 4, "time must be from 5 to 9, got 4"),
        ("{min: 5}", 4, "time must be at least 5, got 4"),
        ("{max: 9}", 10, "time must be at most 9, got 10"),
        ("{multiple_of: 4}", 6, "time must be a multiple of 4, got 6"),
    ],
)
def test_a_size_outside_written_bounds_is_refused(
    bounds: str, size: int, message: str
) -> None:
    text = f"dims: {{time: {bounds}}}\nlayers: [relu]\n"
    model = built(plan_of(spec(text, "{x: [time, 3]}")))
    assert model(np.zeros((2, 8, 3), "float32")).shape == (2, 8, 3)
    with pytest.raises(ValueError, match=message):
        model(np.zeros((2, size, 3), "float32"))


def test_a_size_that_only_the_graph_knows_is_refused_when_it_runs() -> None:
    text = "dims: {time: {min: 5, max: 9}}\nlayers: [relu]\n"
    model = built(plan_of(spec(text, "{x: [time, 3]}")))
    unknown = [tf.TensorSpec([None, None, 3], tf.float32)]
    function = tf.function(model, input_signature=unknown)
    assert function(tf.zeros((2, 5, 3))).shape == (2, 5, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="from 5 to 9, got"):
        function(tf.zeros((2, 4, 3)))


def test_unbounded_sizes_are_not_checked() -> None:
    text = plan_of(spec("layers: [relu]\n", "{x: [time, 3]}")).files["model.py"]
    assert "SizeCheck" not in text


def test_an_input_called_x_is_still_the_models_input() -> None:
    model = built(plan_of(spec("layers: [{dense: 3}, {dense: 2}]\n")))
    assert [tensor.name for tensor in model.inputs] == ["x"]
    assert model(np.zeros((2, 4), "float32")).shape == (2, 2)


def test_layers_bear_the_names_of_the_spec() -> None:
    body = "layers:\n  - {name: stem, layers: [{dense: 3}, relu]}\n  - dense: 2\n"
    assert names_of(built(plan_of(spec(body)))) == [
        "x",
        "stem_dense",
        "stem_relu",
        "dense",
    ]


def test_a_layer_that_goes_with_another_takes_no_name_of_the_spec() -> None:
    body = """layers:
  - {dense: {units: 3, activation: {leaky_relu: 0.1}}, name: a}
  - {dense: 3, name: a_leaky_relu}
"""
    found = names_of(built(plan_of(spec(body))))
    assert found == ["x", "a", "a_leaky_relu_2", "a_leaky_relu"]


def test_no_layer_is_called_as_keras_calls_its_functions() -> None:
    body = "layers: [{expand_dims: -1}, squeeze, {dense: 3, name: expand_dims_1}]\n"
    plan = plan_of(spec(body))
    model = built(plan)
    assert "expand_dims_1_" in names_of(model)
    assert set(plan.slots) == {variable.path for variable in model.weights}


@pytest.mark.parametrize("name", ["Parameter", "gelu_tanh", "print"])
def test_a_model_may_be_called_as_what_its_file_uses(name: str) -> None:
    body = "layers: [{parameter: 4, name: p}, {add: null, from: [x, p]}]\n"
    model = built(plan_of(spec(body, name=name)))
    assert model(np.zeros((2, 4), "float32")).shape == (2, 4)


@pytest.mark.parametrize(
    ("layers", "layer"),
    [
        ("[{dense: {units: 3, activation: softmax}}]", "dense"),
        ("[{dense: {units: 3, activation: {leaky_relu: 0.1}}}, softmax]", None),
        ("[dense: 4, {expand_dims: 1}, squeeze, softmax]", "squeeze_logits"),
    ],
)
def test_a_named_layer_gives_what_the_loss_is_computed_from(
    layers: str, layer: str | None
) -> None:
    train = "train: {optimizer: sgd, loss: categorical_crossentropy}\n"
    plan = plan_of(spec(f"layers: {layers}\n{train}"))
    model = built(plan)
    (found,) = plan.logits_layer.values()
    assert found == (layer or "dense_leaky_relu")
    logits = keras.Model(model.input, model.get_layer(found).output)
    x = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
    probabilities = keras.ops.softmax(logits(x))
    np.testing.assert_allclose(probabilities, model(x), rtol=1e-5)


def test_masks_do_not_go_on_to_later_layers() -> None:
    body = """layers:
  - {lstm: {units: 4, return_sequences: true}, from: {input: x, mask: mask}}
  - lstm: 4
"""
    inputs = "{x: [time, 3], mask: {shape: [time], dtype: bool}}"
    model = built(plan_of(spec(body, inputs)))
    second = keras.Model(model.get_layer("lstm_2").input, model.output)
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    mask = np.array([[True] * 2 + [False] * 3] * 2)
    first = keras.Model(model.inputs, model.get_layer("lstm_2").input)
    given = {"x": x, "mask": mask}
    sequence = np.array(first(given))
    np.testing.assert_allclose(model(given), second(sequence), rtol=1e-5)


@pytest.mark.parametrize(
    ("bias", "initializer"),
    [("{he_normal: {}}", "TruncatedNormal"), ("{lecun_uniform: {}}", "RandomUniform")],
)
def test_a_joint_bias_starts_as_its_own_shape_says(bias: str, initializer: str) -> None:
    body = f"layers: [{{gru: {{units: 4, bias_initializer: {bias}}}}}]\n"
    text = plan_of(spec(body, "{x: [time, 3]}")).files["model.py"]
    assert f"bias_initializer=initializers.{initializer}(" in text


def with_helpers() -> list[SampleCase]:
    """A sample of each set of helpers that a file carries."""
    found: dict[tuple[str, ...], SampleCase] = {}
    for case in all_samples():
        found.setdefault(backend.plan(case.graph()).helpers, case)
    return [case for helpers, case in found.items() if helpers]


@pytest.mark.parametrize("case", with_helpers(), ids=str)
def test_a_model_with_helpers_is_saved_and_exported_whole(
    case: SampleCase, tmp_path: Path
) -> None:
    model = built(backend.plan(case.graph()))
    named = {tensor.name: drawn(tensor) for tensor in model.inputs}
    given = named if isinstance(model.input, dict) else next(iter(named.values()))
    wanted = flat(model(given))
    model.save(tmp_path / "model.keras")
    close(flat(keras.models.load_model(tmp_path / "model.keras")(given)), wanted)
    model.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    close(flat(exported.serve(given)), wanted)


def drawn(tensor: Any) -> Any:
    rng = np.random.default_rng(0)
    shape = [BATCH, *(LENGTH if size is None else size for size in tensor.shape[1:])]
    if "float" in tensor.dtype:
        return rng.normal(size=shape).astype(tensor.dtype)
    return rng.integers(0, 2, shape).astype(tensor.dtype)


def flat(outputs: Any) -> list[Any]:
    return [np.array(output) for output in keras.tree.flatten(outputs)]


def close(found: list[Any], wanted: list[Any]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
