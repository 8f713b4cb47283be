"""The attributes that ops refuse, word for word."""

from __future__ import annotations

import pytest

from specgraph.definition import CallError
from specgraph.ops import OPS

CONV = {"filters": 4, "kernel_size": 3}
PADDING = "'valid', 'same', an integer (0 or more), or a list of 2 integers or pairs"
CALLS: list[tuple[str, object, str, str]] = [
    (
        "conv2d",
        {**CONV, "kernel_size": "3"},
        "wrong-type",
        "conv2d: kernel_size must be a positive integer or a list of 2, got '3'",
    ),
    (
        "conv2d",
        {**CONV, "kernel_size": (3, 0)},
        "bad-value",
        "conv2d: kernel_size must be a positive integer or a list of 2, got [3, 0]",
    ),
    (
        "conv1d",
        {**CONV, "kernel_size": True},
        "wrong-type",
        "conv1d: kernel_size must be a positive integer, got true",
    ),
    (
        "conv2d",
        {**CONV, "kernel_size": None},
        "wrong-type",
        "conv2d: kernel_size must be a positive integer or a list of 2, got nothing",
    ),
    (
        "conv2d",
        {**CONV, "strides": 2.0},
        "wrong-type",
        "conv2d: strides must be a positive integer or a list of 2, got 2.0",
    ),
    (
        "conv2d",
        {**CONV, "padding": "causal"},
        "wrong-type",
        f"conv2d: padding must be {PADDING}, got 'causal'",
    ),
    (
        "max_pool2d",
        {"padding": (1, -1)},
        "bad-value",
        f"max_pool2d: padding must be {PADDING}, got [1, -1]",
    ),
    (
        "conv1d",
        {**CONV, "padding": (1, 2)},
        "bad-value",
        "conv1d: padding must be 'valid', 'same', 'causal', an integer (0 or more), or "
        "one pair [[before, after]], got [1, 2]",
    ),
    (
        "zero_pad1d",
        (1, 2, 3),
        "bad-value",
        "zero_pad1d: padding must be an integer (0 or more), or a list [before, after], "
        "got [1, 2, 3]",
    ),
    (
        "conv2d",
        {**CONV, "groups": 3},
        "bad-value",
        "conv2d: filters must be a multiple of groups, got 4 filters and 3 groups",
    ),
    (
        "conv2d",
        {**CONV, "activation": "flatten"},
        "bad-value",
        "flatten is an op but not an activation",
    ),
    (
        "conv2d",
        {**CONV, "activation": "rleu"},
        "unknown-activation",
        "unknown activation 'rleu'",
    ),
    (
        "dense",
        {"units": 4, "activation": {"leaky_relu": {"slope": 1}}},
        "unknown-attribute",
        "leaky_relu has no attribute 'slope'",
    ),
    (
        "linear",
        64,
        "wrong-type",
        "linear is the identity and has no attributes, got 64",
    ),
    (
        "dropout",
        1.5,
        "bad-value",
        "dropout: rate must be less than or equal to 1, got 1.5",
    ),
    (
        "reshape",
        (-1, -1),
        "bad-value",
        "target_shape: sizes must be positive, and one of them may be -1",
    ),
    (
        "permute",
        (0, 1),
        "bad-value",
        "dims: the axes 1 to 2 must each come once, got [0, 1]",
    ),
    ("softmax", (), "bad-value", "axis: at least one axis is needed, got []"),
]


@pytest.mark.parametrize(("label", "call", "code", "message"), CALLS)
def test_calls_are_refused(label: str, call: object, code: str, message: str) -> None:
    with pytest.raises(CallError) as caught:
        OPS.find(label).call(call)
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == (code, message)


SPELLINGS: list[tuple[str, str, str]] = [
    ("conv2d", "out_channels", "filters"),
    ("conv2d", "kernal_size", "kernel_size"),
    ("conv2d", "stride", "strides"),
    ("conv1d", "bias", "use_bias"),
    ("dense", "out_features", "units"),
    ("max_pool2d", "kernel_size", "pool_size"),
    ("lstm", "hidden_size", "units"),
    ("embedding", "num_embeddings", "input_dim"),
    ("batch_norm", "eps", "epsilon"),
    ("softmax", "dim", "axis"),
    ("dropout", "p", "rate"),
]


@pytest.mark.parametrize(("label", "word", "meant"), SPELLINGS)
def test_words_of_other_frameworks_are_understood(
    label: str, word: str, meant: str
) -> None:
    with pytest.raises(CallError) as caught:
        OPS.find(label).build({word: 3})
    hints = [problem.hint for problem in caught.value.problems]
    assert f"did you mean {meant!r}?" in hints


def test_a_linear_layer_of_torch_is_dense() -> None:
    with pytest.raises(CallError) as caught:
        OPS.find("linear").call({"in_features": 3, "out_features": 4})
    assert caught.value.problems[0].hint == "did you mean 'dense'?"
