"""What norms, gates and scaling compute, against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest

from tests.unit.reference.test_values import output

HALF = math.sqrt(0.5)


def test_group_norm_normalizes_channels_that_lie_together() -> None:
    bare = {"groups": 2, "epsilon": 0.0, "center": False, "scale": False}
    found = output("group_norm", bare, [[1.0, 3.0, 10.0, 20.0]])
    assert found == [[-1, 1, -1, 1]]


def test_group_norm_scales_and_shifts_each_channel() -> None:
    weights = {"gamma": [1.0, 2.0], "beta": [0.0, 5.0]}
    call = {"groups": 1, "epsilon": 0.0}
    assert output("group_norm", call, [[1.0, 3.0]], params=weights) == [[-1, 7]]


def test_instance_norm_normalizes_each_channel_over_space() -> None:
    bare = {"epsilon": 0.0, "center": False, "scale": False}
    x = [[[1.0, 10.0], [3.0, 30.0]]]
    assert output("instance_norm", bare, x) == [[[-1, -1], [1, 1]]]
    first = output("instance_norm", bare, x, layout="channels_first")
    assert first == [[[-1, 1], [-1, 1]]]


def test_local_response_norm_looks_further_back_than_ahead() -> None:
    call = {"size": 2, "alpha": 2.0, "beta": 1.0, "k": 1.0}
    found = output("local_response_norm", call, [[[1.0, 2.0, 0.0]]])
    assert found == [[[0.5, pytest.approx(2 / 6), 0]]]


def test_rms_norm_divides_by_the_root_mean_square() -> None:
    call = {"epsilon": 0.5}
    found = output("rms_norm", call, [[1.0, 2.0]], params={"scale": [1.0, 3.0]})
    assert found == [[pytest.approx(1 / math.sqrt(3)), pytest.approx(6 / math.sqrt(3))]]


def test_l2_normalize_gives_length_one_and_leaves_zero() -> None:
    assert output("l2_normalize", -1, [[3.0, 4.0], [0.0, 0.0]]) == [[0.6, 0.8], [0, 0]]
    found = output("l2_normalize", 1, [[[1.0, 2.0], [1.0, 0.0]]])
    assert found == [[[pytest.approx(HALF), 1], [pytest.approx(HALF), 0]]]


def test_normalization_takes_given_statistics() -> None:
    call = {"mean": (1.0, 2.0), "variance": 4.0}
    assert output("normalization", call, [[3.0, 0.0]]) == [[1, -1]]
    assert output("normalization", {**call, "invert": True}, [[1.0, -1.0]]) == [[3, 0]]
    flat = {"mean": 0.0, "variance": 0.0}
    assert output("normalization", flat, [[1e-7]]) == [[1]]


def test_layer_scale_multiplies_each_channel() -> None:
    weights = {"gamma": [2.0, 3.0]}
    assert output("layer_scale", None, [[1.0, 1.0]], params=weights) == [[2, 3]]


def test_glu_gates_the_first_half_by_the_second() -> None:
    assert output("glu", None, [[3.0, 5.0, 0.0, 1000.0]]) == [[1.5, 5]]


def test_prelu_has_the_slope_of_its_place() -> None:
    found = output(
        "prelu", None, [[-1.0, -1.0, 2.0]], params={"alpha": [0.5, 2.0, 3.0]}
    )
    assert found == [[-0.5, -2, 2]]
    call = {"shared_axes": "all"}
    assert output("prelu", call, [[-1.0, 2.0]], params={"alpha": [0.5]}) == [[-0.5, 2]]
