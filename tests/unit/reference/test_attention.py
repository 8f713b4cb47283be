"""Attention and positions, held against numbers from their sources."""

from __future__ import annotations

import math

import numpy as np
import pytest

from specgraph.definition import CallError
from specgraph.ops.score_bias import Alibi, RelativePositionBias
from tests.unit.reference.test_values import output, run


def test_a_query_takes_the_value_whose_key_it_fits() -> None:
    query = [[[[100.0, 0.0], [0.0, 100.0]]]]
    value = [[[[1.0], [2.0]]]]
    found, _ = run("scaled_dot_product_attention", None, query=query, value=value)
    assert found["output"][0, 0].tolist() == [[1.0], [2.0]]


def test_a_query_that_sees_no_key_gives_zeros() -> None:
    query = [[[[1.0], [2.0]]]]
    mask = [[[False, False], [True, False]]]
    found, _ = run("scaled_dot_product_attention", None, query=query, mask=mask)
    assert found["output"][0, 0].tolist() == [[0.0], [1.0]]


def test_a_masked_softmax_shares_out_what_a_query_sees() -> None:
    scores = [[[[5.0, 0.0, 0.0], [1.0, 1.0, 9.0]]]]
    found, _ = run("masked_softmax", {"causal": True}, input=scores)
    assert found["output"][0, 0].tolist() == [[1, 0, 0], [0.5, 0.5, 0]]
    mask = [[False, True, True]]
    found, _ = run("masked_softmax", {"causal": True}, input=scores, mask=mask)
    assert found["output"][0, 0].tolist() == [[0, 0, 0], [0, 1, 0]]


def test_scores_are_scaled_by_the_root_of_the_features() -> None:
    query, key = [[[[2.0] * 4]]], [[[[1.0] * 4, [0.0] * 4]]]
    value = [[[[1.0], [0.0]]]]
    named = {"query": query, "key": key, "value": value}
    found, _ = run("scaled_dot_product_attention", None, **named)  # type: ignore[arg-type]
    share = 1 / (1 + math.exp(-4))
    assert found["output"].item() == pytest.approx(share)
    found, _ = run("scaled_dot_product_attention", {"scale": 1}, **named)  # type: ignore[arg-type]
    assert found["output"].item() == pytest.approx(1 / (1 + math.exp(-8)))


def test_dropped_scores_stay_what_is_returned() -> None:
    params = {
        f"{name}_kernel": np.ones((1, 1, 1)) for name in ("query", "key", "value")
    }
    params["output_kernel"] = np.ones((1, 1, 1))
    call = {
        "num_heads": 1,
        "dropout": 0.5,
        "use_bias": False,
        "return_attention_scores": True,
    }
    x = [[[0.0], [0.0]]]
    options = {"params": params, "training": True, "keep": [[[[True, False]] * 2]]}
    found, _ = run("multi_head_attention", call, query=x, **options)  # type: ignore[arg-type]
    assert found["scores"].tolist() == [[[[0.5, 0.5], [0.5, 0.5]]]]
    value = [[[1.0], [3.0]]]
    found, _ = run("multi_head_attention", call, query=x, value=value, **options)  # type: ignore[arg-type]
    assert found["output"].ravel().tolist() == [1.0, 1.0]


def test_sinusoids_alternate_or_come_in_halves() -> None:
    zeros = [[[0.0] * 4] * 2]
    s, c = math.sin(1), math.cos(1)
    far_s, far_c = math.sin(0.01), math.cos(0.01)
    found = output("sinusoidal_position", None, zeros)
    assert found[0][0] == [0, 1, 0, 1]
    np.testing.assert_allclose(found[0][1], [s, c, far_s, far_c])
    found = output("sinusoidal_position", {"interleaved": False}, zeros)
    np.testing.assert_allclose(found[0][1], [s, far_s, c, far_c])


def test_rotation_keeps_the_length_of_pairs_and_the_rest_as_it_is() -> None:
    x = [[[1.0, 2.0, 3.0, 4.0, 5.0]] * 3]
    for interleaved, pairs in ((True, [(0, 1), (2, 3)]), (False, [(0, 2), (1, 3)])):
        call = {"dims": 4, "interleaved": interleaved, "start": 7}
        found = np.array(output("rotary_embedding", call, x))[0]
        assert (found[:, 4] == 5).all()
        for a, b in pairs:
            length = np.hypot(found[:, a], found[:, b])
            np.testing.assert_allclose(length, np.hypot(x[0][0][a], x[0][0][b]))
    quarter = {"start": math.pi / 2}
    assert output("rotary_embedding", quarter, [[[1.0, 0.0]]]) == [[[0.0, 1.0]]]


def test_buckets_are_those_of_t5() -> None:
    both = RelativePositionBias.call(None)
    distances = (0, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 63, 64, 90, 91, 128, 500)
    buckets = [0, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 15]
    assert [both.bucket(distance) for distance in distances] == buckets
    back = RelativePositionBias.call({"bidirectional": False})
    assert [back.bucket(distance) for distance in (15, 16, 127, 128)] == [
        15,
        16,
        31,
        31,
    ]


def test_cells_of_a_window_are_told_apart_by_their_offset() -> None:
    params = {"embeddings": np.arange(9.0)[:, None]}
    zeros = np.zeros((1, 1, 4, 4))
    call = {"window": 2}
    found, _ = run("relative_position_bias", call, zeros, params=params)
    assert found["output"][0, 0].tolist() == [
        [4, 3, 1, 0],
        [5, 4, 2, 1],
        [7, 6, 4, 3],
        [8, 7, 5, 4],
    ]


@pytest.mark.parametrize(
    ("heads", "slopes"),
    [
        (8, [2**-i for i in range(1, 9)]),
        (1, [2**-8]),
        (6, [2**-2, 2**-4, 2**-6, 2**-8, 2**-1, 2**-3]),
    ],
)
def test_slopes_are_those_of_alibi(heads: int, slopes: list[float]) -> None:
    assert Alibi().slopes(heads) == slopes


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"num_buckets": 3}, "3 num_buckets are too few"),
        (
            {"max_distance": 8},
            "max_distance 8 must lie above 8, the distances with a bucket each",
        ),
    ],
)
def test_buckets_that_cannot_be_are_refused(
    call: dict[str, object], message: str
) -> None:
    with pytest.raises(CallError, match=message):
        RelativePositionBias.call(call)
