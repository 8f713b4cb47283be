"""What references compute, held against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from specgraph.ops import OPS
from specgraph.ops.base import Bound, DType, Layout, TensorType
from specgraph.reference import Array, Evaluation, evaluate


def run(
    label: str,
    call: object,
    *inputs: object,
    layout: Layout = "none",
    params: dict[str, Any] | None = None,
    training: bool = False,
    keep: object = True,
    **ports: object,
) -> tuple[dict[str, Array], dict[str, Array]]:
    """An op's outputs and updates for batches written as nested lists."""
    given = {"input": inputs, **{name: (value,) for name, value in ports.items()}}
    arrays = Bound({n: tuple(map(_array, v)) for n, v in given.items() if v})
    types = arrays.map(lambda value: TensorType(value.shape[1:], _dtype(value), layout))
    op = OPS.find(label).call(call).resolve(types)
    op.infer(types)
    at = Evaluation(
        arrays,
        types,
        {name: _array(value) for name, value in (params or {}).items()},
        training,
        lambda shape: np.broadcast_to(np.asarray(keep), shape),
        batch=2,
    )
    return evaluate(op, at), at.updates


def output(label: str, call: object, *inputs: object, **options: Any) -> Any:
    """The op's first output, as nested lists."""
    found, _ = run(label, call, *inputs, **options)
    value = found["output"]
    return value.tolist() if value.dtype == np.bool_ else np.round(value, 12).tolist()


def _array(value: object) -> Array:
    array = np.asarray(value)
    return array if array.dtype == np.bool_ else array.astype(np.float64)


def _dtype(value: Array) -> DType:
    return "bool" if value.dtype == np.bool_ else "float32"


def column(*values: float) -> list[list[list[float]]]:
    """One example [length, 1]."""
    return [[[value] for value in values]]


ONES = {"kernel": [[[1.0]]] * 3}
CONVOLUTIONS: list[tuple[dict[str, object], list[float]]] = [
    ({}, [6, 9]),
    ({"padding": "same"}, [3, 6, 9, 7]),
    ({"padding": "same", "strides": 2}, [6, 7]),
    ({"padding": "causal"}, [1, 3, 6, 9]),
    ({"padding": "causal", "dilation_rate": 2}, [1, 2, 4, 6]),
    ({"padding": 1, "strides": 2}, [3, 9]),
    ({"padding": ((2, 0),)}, [1, 3, 6, 9]),
    ({"padding": 1, "padding_mode": "reflect"}, [5, 6, 9, 10]),
    ({"padding": 1, "padding_mode": "replicate"}, [4, 6, 9, 11]),
    ({"padding": 1, "padding_mode": "circular"}, [7, 6, 9, 8]),
]


@pytest.mark.parametrize(("attributes", "expected"), CONVOLUTIONS)
def test_convolution_pads(attributes: dict[str, object], expected: list[float]) -> None:
    call = {"filters": 1, "kernel_size": 3, "use_bias": False, **attributes}
    found = output("conv1d", call, column(1, 2, 3, 4), params=ONES)
    assert found == column(*expected)


def test_convolution_does_not_flip_the_kernel() -> None:
    call = {"filters": 1, "kernel_size": 2, "activation": "relu"}
    params = {"kernel": [[[1.0]], [[-1.0]]], "bias": [0.5]}
    found = output("conv1d", call, column(4, 2, 3), params=params)
    assert found == column(2.5, 0)


def test_groups_are_contiguous() -> None:
    call = {"filters": 4, "kernel_size": 1, "groups": 2, "use_bias": False}
    params = {"kernel": [[[1.0, 10.0, 100.0, 1000.0], [2.0, 20.0, 200.0, 2000.0]]]}
    found = output("conv1d", call, [[[1.0, 2.0, 3.0, 4.0]]], params=params)
    assert found == [[[5, 50, 1100, 11000]]]


def test_channels_first_is_channels_last_with_its_axes_moved() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 5, 6, 3))
    params = {"kernel": random.normal(size=(3, 2, 3, 4)), "bias": np.ones(4)}
    call = {"filters": 4, "kernel_size": (3, 2), "padding": "same", "strides": 2}
    last, _ = run("conv2d", call, x, layout="channels_last", params=params)
    moved = np.moveaxis(x, -1, 1)
    first, _ = run("conv2d", call, moved, layout="channels_first", params=params)
    assert np.array_equal(np.moveaxis(first["output"], 1, -1), last["output"])


POOLS: list[tuple[str, dict[str, object], list[float]]] = [
    ("max_pool1d", {"pool_size": 2}, [-1, -3]),
    ("max_pool1d", {"pool_size": 2, "ceil_mode": True}, [-1, -3, -5]),
    ("max_pool1d", {"pool_size": 3, "strides": 2, "padding": 1}, [-1, -2, -4]),
    ("max_pool1d", {"pool_size": 3, "strides": 3, "padding": "same"}, [-1, -4]),
    ("max_pool1d", {"pool_size": 2, "strides": 1, "dilation_rate": 3}, [-1, -2]),
    ("average_pool1d", {"pool_size": 2}, [-1.5, -3.5]),
    ("average_pool1d", {"pool_size": 2, "padding": "same"}, [-1.5, -3.5, -5]),
    (
        "average_pool1d",
        {"pool_size": 3, "strides": 2, "padding": 1, "count_include_pad": True},
        [-1, -3, -3],
    ),
    (
        "average_pool1d",
        {"pool_size": 3, "strides": 2, "padding": 1, "count_include_pad": False},
        [-1.5, -3, -4.5],
    ),
    (
        "average_pool1d",
        {"pool_size": 4, "strides": 4, "padding": 1, "ceil_mode": True},
        [-2, -4.5],
    ),
    (
        "average_pool1d",
        {
            "pool_size": 4,
            "strides": 4,
            "padding": 1,
            "ceil_mode": True,
            "count_include_pad": True,
        },
        [-1.5, -3],
    ),
    ("average_pool1d", {"pool_size": 2, "divisor_override": 4}, [-0.75, -1.75]),
    (
        "average_pool1d",
        {"pool_size": 2, "strides": 1, "dilation_rate": 3},
        [-2.5, -3.5],
    ),
]


@pytest.mark.parametrize(("label", "attributes", "expected"), POOLS)
def test_pools(
    label: str, attributes: dict[str, object], expected: list[float]
) -> None:
    assert output(label, attributes, column(-1, -2, -3, -4, -5)) == column(*expected)


def test_global_pools() -> None:
    x = [[[[1.0, -1.0], [2.0, -2.0]], [[3.0, -3.0], [6.0, -6.0]]]]
    assert output("global_max_pool2d", None, x) == [[6, -1]]
    kept = output("global_average_pool2d", {"keepdims": True}, x)
    assert kept == [[[[3, -3]]]]


NORM = {"moving_mean": [10.0], "moving_variance": [4.0], "gamma": [2.0], "beta": [1.0]}


def test_batch_norm_uses_moving_statistics_outside_training() -> None:
    found, updates = run("batch_norm", {"epsilon": 0}, [[12.0], [6.0]], params=NORM)
    assert found["output"].tolist() == [[3], [-3]]
    assert updates == {}


@pytest.mark.parametrize(
    ("running_variance", "variance"), [("biased", 5.25), ("unbiased", 7.5)]
)
def test_batch_norm_moves_its_statistics_in_training(
    running_variance: str, variance: float
) -> None:
    call = {"momentum": 0.75, "epsilon": 0, "running_variance": running_variance}
    found, updates = run("batch_norm", call, [[1.0], [7.0]], params=NORM, training=True)
    assert found["output"].tolist() == [[-1], [3]]
    assert updates["moving_mean"].tolist() == [8.5]
    assert updates["moving_variance"].tolist() == [variance]


def test_unbiased_variance_of_one_value_is_refused() -> None:
    call = {"running_variance": "unbiased"}
    with pytest.raises(ValueError, match="two values per channel"):
        run("batch_norm", call, [[1.0]], params=NORM, training=True)


def test_layer_norm_over_two_axes() -> None:
    params = {"gamma": [[1.0, 2.0], [3.0, 4.0]], "beta": [[0.0, 0.0], [0.0, 5.0]]}
    call = {"axis": (1, 2), "epsilon": 0}
    found = output("layer_norm", call, [[[1.0, 1.0], [3.0, 3.0]]], params=params)
    assert found == [[[-1, -2], [3, 9]]]


RNN = {"kernel": [[1.0]], "recurrent_kernel": [[0.5]], "bias": [0.0]}
LINEAR = {"units": 1, "activation": "linear", "return_sequences": True}
HOLES = [[False, True, False, True, False]]
STEPS = column(1, 2, 4, 8, 16)
MASKED: list[tuple[dict[str, object], list[float]]] = [
    ({}, [0, 2, 2, 9, 9]),
    ({"zero_output_for_mask": True}, [0, 2, 0, 9, 0]),
    ({"go_backwards": True}, [0, 8, 8, 6, 6]),
]


@pytest.mark.parametrize(("attributes", "expected"), MASKED)
def test_masked_steps_keep_the_state(
    attributes: dict[str, object], expected: list[float]
) -> None:
    call = {**LINEAR, "return_state": True, **attributes}
    found, _ = run("simple_rnn", call, STEPS, params=RNN, mask=HOLES)
    assert found["output"].tolist() == column(*expected)
    assert found["state"].tolist() == [[max(expected[-2:])]]


def test_last_output_of_a_mask_that_ends_early() -> None:
    call = {"units": 1, "activation": "linear"}
    assert output("simple_rnn", call, STEPS, params=RNN, mask=HOLES) == [[9]]
    call = {**call, "zero_output_for_mask": True}
    assert output("simple_rnn", call, STEPS, params=RNN, mask=HOLES) == [[0]]


def test_nothing_present_gives_zeros_and_the_initial_state() -> None:
    call = {**LINEAR, "return_state": True}
    found, _ = run(
        "simple_rnn",
        call,
        column(1, 2),
        params=RNN,
        mask=[[False, False]],
        initial_state=[[7.0]],
    )
    assert found["output"].tolist() == column(0, 0)
    assert found["state"].tolist() == [[7]]


def test_backward_outputs_stay_in_the_order_of_the_steps() -> None:
    call = {**LINEAR, "go_backwards": True}
    assert output("simple_rnn", call, column(1, 2, 4), params=RNN) == column(4, 4, 3)


def test_lstm_gates_are_input_forget_cell_output() -> None:
    call = {
        "units": 1,
        "activation": "linear",
        "recurrent_activation": "linear",
        "return_state": True,
    }
    params = {
        "kernel": [[2.0, 3.0, 5.0, 7.0]],
        "recurrent_kernel": [[0.0] * 4],
        "bias": [0.0] * 4,
    }
    op = OPS.find("lstm").build(call)
    at = Evaluation(
        Bound(
            {
                "input": (np.ones((1, 1, 1)),),
                "initial_state": (np.zeros((1, 1)), np.full((1, 1), 10.0)),
            }
        ),
        Bound({"input": (TensorType((1, 1)),)}),
        {name: np.asarray(value) for name, value in params.items()},
    )
    found = evaluate(op, at)
    assert found["state_c"].tolist() == [[3 * 10 + 2 * 5]]
    assert found["state_h"].tolist() == [[7 * 40]]


@pytest.mark.parametrize(("reset_after", "candidate"), [(True, 96), (False, 90)])
def test_gru_resets_before_or_after_the_product(
    reset_after: bool, candidate: float
) -> None:
    call = {
        "units": 1,
        "activation": "linear",
        "recurrent_activation": "linear",
        "reset_after": reset_after,
    }
    params = {
        "kernel": [[2.0, 3.0, 5.0]],
        "recurrent_kernel": [[0.0, 0.0, 7.0]],
        "bias": [0.0, 0.0, 1.0],
    }
    if reset_after:
        params["recurrent_bias"] = [0.0, 0.0, 2.0]
    found = output("gru", call, [[[1.0]]], params=params, initial_state=[[4.0]])
    assert found == [[2 * 4 - candidate]]


def test_dropout_keeps_the_mean() -> None:
    x, keep = [[1.0, 2.0, 3.0, 4.0]], [True, False, False, True]
    found = output("dropout", 0.5, x, training=True, keep=keep)
    assert found == [[2, 0, 0, 8]]
    assert output("dropout", 0.5, x, keep=keep) == x
    assert output("dropout", 1, x, training=True) == [[0, 0, 0, 0]]


def test_spatial_dropout_draws_once_a_channel() -> None:
    x, keep = [[[1.0, 2.0], [3.0, 4.0]]], [[[True, False]]]
    found = output("spatial_dropout1d", 0.5, x, training=True, keep=keep)
    assert found == [[[2, 0], [6, 0]]]


def test_stochastic_depth_draws_once_an_example() -> None:
    x, keep = [[1.0, 2.0], [3.0, 4.0]], [[True], [False]]
    found = output("stochastic_depth", 0.75, x, training=True, keep=keep)
    assert found == [[4, 8], [0, 0]]


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    x = np.random.default_rng(0).normal(size=(1, 200_000))
    keep = np.random.default_rng(1).random(x.shape) >= 0.3
    found, _ = run("alpha_dropout", 0.3, x, training=True, keep=keep)
    assert found["output"].mean() == pytest.approx(0, abs=0.01)
    assert found["output"].var() == pytest.approx(1, abs=0.01)


def test_gaussian_noise_is_added_and_gaussian_dropout_multiplied() -> None:
    x, noise = [[2.0, 4.0]], [1.0, -1.0]
    assert output("gaussian_noise", 0.5, x, training=True, keep=noise) == [[2.5, 3.5]]
    found = output("gaussian_dropout", 0.2, x, training=True, keep=noise)
    assert found == [[3, 2]]
    assert output("gaussian_noise", 0.5, x, keep=noise) == x


ACTIVATIONS: list[tuple[str, object, list[float], list[float]]] = [
    ("relu", {"threshold": 1.0}, [0.5, 1, 2], [0, 0, 2]),
    (
        "relu",
        {"max_value": 3.0, "negative_slope": 0.5, "threshold": 1.0},
        [-1, 1, 2, 9],
        [-1, 0, 2, 3],
    ),
    ("leaky_relu", 0.25, [-4, 4], [-1, 4]),
    ("hard_sigmoid", None, [-4, -3, 0, 1.5, 4], [0, 0, 0.5, 0.75, 1]),
    ("hard_silu", None, [-4, -3, 0, 1.5, 4], [0, 0, 0, 1.125, 4]),
    ("hard_tanh", None, [-4, -1, 0.5, 4], [-1, -1, 0.5, 1]),
    ("relu6", None, [-4, 0.5, 6, 9], [0, 0.5, 6, 6]),
    ("celu", {"alpha": 2.0}, [-1000, 0, 3], [-2, 0, 3]),
    ("mish", None, [-1000, 0, 1000], [0, 0, 1000]),
    ("softsign", None, [-3, 0, 1], [-0.75, 0, 0.5]),
    ("log_sigmoid", None, [-1000, 1000], [-1000, 0]),
    ("exponential", None, [-1000, 0], [0, 1]),
    ("squareplus", {"b": 64.0}, [-6, 0, 6], [2, 4, 8]),
    ("sigmoid", None, [-1000, 0, 1000], [0, 0.5, 1]),
    ("softplus", None, [-1000, 1000], [0, 1000]),
    ("softmax", None, [1000, 1000], [0.5, 0.5]),
    ("gelu", None, [-40, 0, 40], [0, 0, 40]),
    ("elu", 2.0, [-1000, 0, 3], [-2, 0, 3]),
]


@pytest.mark.parametrize(("label", "call", "x", "expected"), ACTIVATIONS)
def test_activations(
    label: str, call: object, x: list[float], expected: list[float]
) -> None:
    assert output(label, call, [x]) == [expected]


def test_broadcasting_puts_missing_axes_behind_the_batch() -> None:
    call = {"broadcast": True}
    left = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]
    right = [[10.0, 20.0], [30.0, 40.0]]
    found = output("add", call, left, right)
    assert found == [[[11, 22], [13, 24]], [[35, 46], [37, 48]]]


def test_parameter_is_the_same_for_every_example() -> None:
    assert output("parameter", 2, params={"value": [3.0, 4.0]}) == [[3, 4], [3, 4]]


@pytest.mark.parametrize("identity", [-1, 3])
def test_embedding_refuses_ids_without_a_row(identity: int) -> None:
    op = OPS.find("embedding").build({"input_dim": 3, "output_dim": 2})
    ids = Bound({"input": (np.array([[identity]]),)})
    types = Bound({"input": (TensorType((1,), "int32"),)})
    with pytest.raises(IndexError, match="not 0 to 2"):
        evaluate(op, Evaluation(ids, types, {"embeddings": np.ones((3, 2))}))


def test_not_equal_makes_a_mask() -> None:
    assert output("not_equal", 0, [[0.0, 2.0]]) == [[False, True]]
    found = output("not_equal", None, [[1.0, 2.0]], [[1.0, 3.0]])
    assert found == [[False, True]]
