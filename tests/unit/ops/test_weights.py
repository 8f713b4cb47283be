"""Weights: canonical names and shapes, and how they start under either semantics."""

from __future__ import annotations

import pytest

from specgraph.definition import Semantics, call_form
from specgraph.ops import OPS
from specgraph.ops.base import Bound, Layout, TensorType

WEIGHTS: list[tuple[str, object, tuple[int, ...], Layout, dict[str, object]]] = [
    (
        "conv2d",
        {"filters": 6, "kernel_size": (3, 2), "groups": 2},
        (7, 5, 4),
        "channels_last",
        {"kernel": (3, 2, 2, 6), "bias": (6,)},
    ),
    (
        "conv1d",
        {"filters": 6, "kernel_size": 3, "use_bias": False},
        (4, 7),
        "channels_first",
        {"kernel": (3, 4, 6)},
    ),
    ("dense", 5, (7, 3), "none", {"kernel": (3, 5), "bias": (5,)}),
    (
        "embedding",
        {"input_dim": 7, "output_dim": 5},
        (3,),
        "none",
        {"embeddings": (7, 5)},
    ),
    ("parameter", (2, 3), (), "none", {"value": (2, 3)}),
    (
        "batch_norm",
        None,
        (5, 4, 3),
        "channels_first",
        {"gamma": (5,), "beta": (5,), "moving_mean": (5,), "moving_variance": (5,)},
    ),
    (
        "batch_norm",
        {"scale": False},
        (5, 4, 3),
        "channels_last",
        {"beta": (3,), "moving_mean": (3,), "moving_variance": (3,)},
    ),
    (
        "layer_norm",
        {"axis": (-1, 1)},
        (5, 4, 3),
        "channels_first",
        {"gamma": (5, 3), "beta": (5, 3)},
    ),
    (
        "lstm",
        5,
        (7, 3),
        "none",
        {"kernel": (3, 20), "recurrent_kernel": (5, 20), "bias": (20,)},
    ),
    (
        "lstm",
        {"units": 5, "recurrent_bias": True},
        (7, 3),
        "none",
        {
            "kernel": (3, 20),
            "recurrent_kernel": (5, 20),
            "bias": (20,),
            "recurrent_bias": (20,),
        },
    ),
    (
        "gru",
        5,
        (7, 3),
        "none",
        {
            "kernel": (3, 15),
            "recurrent_kernel": (5, 15),
            "bias": (15,),
            "recurrent_bias": (15,),
        },
    ),
    (
        "gru",
        {"units": 5, "reset_after": False},
        (7, 3),
        "none",
        {"kernel": (3, 15), "recurrent_kernel": (5, 15), "bias": (15,)},
    ),
    (
        "simple_rnn",
        {"units": 5, "use_bias": False},
        (7, 3),
        "none",
        {"kernel": (3, 5), "recurrent_kernel": (5, 5)},
    ),
]


@pytest.mark.parametrize(("label", "call", "shape", "layout", "expected"), WEIGHTS)
def test_names_and_shapes(
    label: str,
    call: object,
    shape: tuple[int, ...],
    layout: Layout,
    expected: dict[str, object],
) -> None:
    inputs = Bound({"input": (TensorType(shape, layout=layout),)})
    params = OPS.find(label).call(call).params(inputs)
    assert {param.name: param.shape for param in params} == expected


def test_buffers_are_not_trained() -> None:
    inputs = Bound({"input": (TensorType((3,)),)})
    params = OPS.find("batch_norm").call(None).params(inputs)
    assert [param.name for param in params if not param.trainable] == [
        "moving_mean",
        "moving_variance",
    ]


def test_regularizers_go_with_their_weights() -> None:
    inputs = Bound({"input": (TensorType((3,)),)})
    op = OPS.find("dense").build({"units": 5, "kernel_regularizer": {"l2": 0.5}})
    kernel, bias = op.params(inputs)
    assert call_form(kernel.regularizer) == {"l2": {"l2": 0.5}}  # type: ignore[arg-type]
    assert bias.regularizer is None


def test_forget_gate_starts_at_one_under_keras() -> None:
    inputs = Bound({"input": (TensorType((7, 3)),)})
    starts = {}
    for semantics in ("keras", "torch"):
        bias = OPS.find("lstm").call(5, semantics).params(inputs)[2]
        starts[semantics] = [gate for gate, _ in bias.gate_initializers]
    assert starts == {"keras": ["f"], "torch": []}


FANS: list[tuple[str, object, tuple[int, ...], int]] = [
    ("conv2d", {"filters": 6, "kernel_size": (3, 2), "groups": 2}, (7, 5, 4), 12),
    ("dense", 5, (3,), 3),
    ("lstm", 5, (7, 3), 5),
    ("gru", 5, (7, 3), 5),
    ("simple_rnn", 5, (7, 3), 5),
]


@pytest.mark.parametrize(("label", "call", "shape", "fan"), FANS)
def test_torch_biases_know_the_fan_of_their_layer(
    label: str, call: object, shape: tuple[int, ...], fan: int
) -> None:
    inputs = Bound({"input": (TensorType(shape),)})
    for param in OPS.find(label).call(call, "torch").params(inputs):
        if param.name.endswith("bias"):
            expected = {"fan_in_uniform": {"fan": fan}}
            assert call_form(param.initializer) == expected


def test_a_written_fan_stays() -> None:
    inputs = Bound({"input": (TensorType((3,)),)})
    op = OPS.find("dense").build(
        {"units": 5, "bias_initializer": {"fan_in_uniform": 9}}
    )
    assert call_form(op.params(inputs)[1].initializer) == {"fan_in_uniform": {"fan": 9}}


DEFAULTS: list[tuple[str, str, object, object]] = [
    ("conv2d", "bias_initializer", "zeros", {"fan_in_uniform": {"fan": None}}),
    ("dense", "bias_initializer", "zeros", {"fan_in_uniform": {"fan": None}}),
    ("batch_norm", "momentum", 0.99, 0.9),
    ("batch_norm", "epsilon", 1e-3, 1e-5),
    ("batch_norm", "running_variance", "biased", "unbiased"),
    ("layer_norm", "epsilon", 1e-3, 1e-5),
    ("average_pool2d", "count_include_pad", False, True),
    ("leaky_relu", "negative_slope", 0.3, 0.01),
    ("lstm", "unit_forget_bias", True, False),
    ("lstm", "recurrent_bias", False, True),
    ("simple_rnn", "recurrent_bias", False, True),
    ("gelu", "approximate", False, False),
    ("elu", "alpha", 1.0, 1.0),
]
REQUIRED = {
    "conv2d": {"filters": 4, "kernel_size": 3},
    "dense": {"units": 4},
    "lstm": {"units": 4},
    "simple_rnn": {"units": 4},
}


@pytest.mark.parametrize(("label", "attribute", "keras", "torch"), DEFAULTS)
def test_defaults_follow_semantics(
    label: str, attribute: str, keras: object, torch: object
) -> None:
    found = []
    choices: tuple[Semantics, ...] = ("keras", "torch")
    for semantics in choices:
        op = OPS.find(label).build(REQUIRED.get(label, {}), semantics)
        form = call_form(op)
        assert isinstance(form, dict)
        found.append(form[label][attribute])
    assert found == [keras, torch]
