"""What attention and positions refuse, and which of its weights attention has."""

from __future__ import annotations

import pytest

from specgraph.definition import CallError, plain_form
from specgraph.ops import OPS
from specgraph.ops.base import Bound, ShapeError, TensorType
from specgraph.ops.dims import symbol
from specgraph.ops.multi_head import MultiHeadAttention
from specgraph.ops.sizes import Bounds
from specgraph.training.initializers import INITIALIZERS

TIME = symbol("time")
SCORES = "needs scores [heads, query, key] (3 written dimensions)"


def bound(**shapes: tuple[object, ...]) -> Bound[TensorType]:
    """Types at ports; a mask is boolean."""
    return Bound(
        {
            port: (TensorType(shape, "bool" if port == "mask" else "float32"),)  # type: ignore[arg-type]
            for port, shape in shapes.items()
        }
    )


@pytest.mark.parametrize(
    ("label", "call", "shapes", "message"),
    [
        (
            "multi_head_attention",
            4,
            {"query": (TIME, 6)},
            "multi_head_attention: 4 heads do not share 6 features evenly",
        ),
        (
            "multi_head_attention",
            2,
            {"query": (6,)},
            "multi_head_attention needs [time, features] (2 written dimensions), "
            "got [6]",
        ),
        (
            "multi_head_attention",
            {"num_heads": 4, "num_key_value_heads": 3},
            {"query": (TIME, 8)},
            "multi_head_attention: 3 key_value_heads do not divide 4 heads",
        ),
        (
            "multi_head_attention",
            2,
            {"query": (TIME, 6), "value": (5, 6), "key": (7, 6)},
            "multi_head_attention needs as many keys as values, got [7, 6] and [5, 6]",
        ),
        (
            "multi_head_attention",
            2,
            {"query": (TIME, 6), "value": (5, 6), "mask": (TIME,)},
            "multi_head_attention: mask must be [5] (keys), [time, 5] (of each query) "
            "or [2, time, 5] (of each head), got [time]",
        ),
        (
            "scaled_dot_product_attention",
            None,
            {"query": (2, 5, 4), "key": (3, 5, 4)},
            "scaled_dot_product_attention needs query [heads, queries, features], key "
            "[heads, keys, features] and value [heads, keys, any], got [2, 5, 4], "
            "[3, 5, 4] and [3, 5, 4]",
        ),
        (
            "position_embedding",
            4,
            {"input": (5, 3)},
            "position_embedding has 4 positions, the time of [5, 3] is longer",
        ),
        (
            "position_embedding",
            1,
            {"input": (TIME, 3)},
            "position_embedding has 1 positions, the time of [time, 3] is longer",
        ),
        (
            "sinusoidal_position",
            {"interleaved": False},
            {"input": (4, 5)},
            "sinusoidal_position in halves needs an even number of features, got [4, 5]",
        ),
        (
            "rotary_embedding",
            {"dims": 6},
            {"input": (4, 5)},
            "rotary_embedding turns pairs of features, 6 of 5 in [4, 5] are none",
        ),
        (
            "relative_position_bias",
            {"window": 2},
            {"input": (3, 4, 5)},
            "relative_position_bias in a window of 2 by 2 needs scores [heads, 4, 4], "
            "got [3, 4, 5]",
        ),
        ("alibi", None, {"input": (4, 5)}, f"alibi {SCORES}, got [4, 5]"),
        (
            "masked_softmax",
            None,
            {"input": (TIME, TIME)},
            f"masked_softmax {SCORES}, got [time, time]",
        ),
        (
            "masked_softmax",
            {"causal": True},
            {"input": (2, TIME, 5), "mask": (TIME,)},
            "masked_softmax: mask must be [5] (keys), [time, 5] (of each query) or "
            "[2, time, 5] (of each head), got [time]",
        ),
    ],
)
def test_shapes_are_refused(
    label: str, call: object, shapes: dict[str, tuple[object, ...]], message: str
) -> None:
    types = bound(**shapes)
    with pytest.raises(ShapeError) as caught:
        OPS.find(label).call(call).resolve(types).infer(types)
    assert caught.value.message == message


def test_a_bounded_time_fits_a_table_of_one_position() -> None:
    types = Bound({"input": (TensorType((TIME, 3)),)}, {"time": Bounds(min=1, max=1)})
    found = OPS.find("position_embedding").call(1).infer(types)
    assert found["output"].shape == (TIME, 3)


@pytest.mark.parametrize("given", [{"keys": True}, {"key": 1}, "no"])
def test_biases_are_booleans_by_projection(given: object) -> None:
    with pytest.raises(CallError, match="use_bias"):
        MultiHeadAttention.call({"num_heads": 2, "use_bias": given})


def test_biases_are_written_as_they_mean() -> None:
    def written(given: object) -> object:
        op = MultiHeadAttention.call({"num_heads": 2, "use_bias": given})
        return plain_form(op.use_bias)

    every = dict.fromkeys(("query", "key", "value", "output"), False)
    some = {"query": True, "key": False, "value": True, "output": True}
    assert written({"key": False}) == some
    assert written(every) is False
    assert written({}) is True


def test_one_initializer_is_that_of_all_kernels_under_torch_too() -> None:
    normal = INITIALIZERS.parse({"random_normal": 0.02})
    op = MultiHeadAttention.call(
        {"num_heads": 2, "kernel_initializer": {"random_normal": 0.02}}, "torch"
    )
    types = bound(query=(TIME, 6))
    params = op.resolve(types).params(types)
    kernels = [param for param in params if param.name.endswith("kernel")]
    assert [kernel.initializer for kernel in kernels] == [normal] * 4
