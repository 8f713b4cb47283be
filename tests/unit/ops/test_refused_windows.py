"""What ops over spatial axes refuse beyond what all ops do."""

from __future__ import annotations

import pytest

from specgraph.definition import CallError
from specgraph.ops import OPS
from specgraph.ops.base import Bound, ShapeError, TensorType
from specgraph.ops.dims import Dim, symbol
from specgraph.ops.sizes import Bounds

TRANSPOSE = {"filters": 4, "kernel_size": 3}
T = symbol("t")

CALLS: list[tuple[str, object, str]] = [
    (
        "conv2d_transpose",
        {**TRANSPOSE, "strides": 2, "output_padding": 2},
        "conv2d_transpose: output_padding must be less than strides or dilation_rate, "
        "got [2, 2]",
    ),
    (
        "conv2d_transpose",
        {**TRANSPOSE, "output_padding": -1},
        "conv2d_transpose: output_padding must be an integer (0 or more) or a list of "
        "2, got -1",
    ),
    (
        "conv1d_transpose",
        {**TRANSPOSE, "groups": 3},
        "conv1d_transpose: filters must be a multiple of groups, got 4 filters and 3 "
        "groups",
    ),
    (
        "crop1d",
        (1, 2, 3),
        "crop1d: cropping must be an integer (0 or more), or a list [before, after], "
        "got [1, 2, 3]",
    ),
    (
        "adaptive_max_pool2d",
        0,
        "adaptive_max_pool2d: output_size must be a positive integer or a list of 2, "
        "got 0",
    ),
]


@pytest.mark.parametrize(("label", "call", "message"), CALLS)
def test_calls_are_refused(label: str, call: object, message: str) -> None:
    with pytest.raises(CallError) as caught:
        OPS.find(label).call(call)
    assert str(caught.value) == message


SHAPES: list[tuple[str, object, tuple[Dim, ...], str]] = [
    (
        "conv1d_transpose",
        {**TRANSPOSE, "padding": 3},
        (2, 5),
        "conv1d_transpose: padding [[3, 3]] cuts off all that kernels of [3] cover "
        "from [2, 5]",
    ),
    (
        "conv1d_transpose",
        {**TRANSPOSE, "groups": 2},
        (4, 5),
        "conv1d_transpose: the channels must be a multiple of groups, got 5 channels "
        "and 2 groups",
    ),
    (
        "crop2d",
        (1, 2),
        (3, 4, 2),
        "crop2d: cropping [[1, 1], [2, 2]] leaves nothing of [3, 4, 2]",
    ),
    (
        "reflection_pad1d",
        2,
        (2, 3),
        "reflection_pad1d: reflect padding copies cells of an axis of at least 3, "
        "got 2",
    ),
]


@pytest.mark.parametrize(("label", "call", "shape", "message"), SHAPES)
def test_shapes_are_refused(
    label: str, call: object, shape: tuple[Dim, ...], message: str
) -> None:
    with pytest.raises(ShapeError) as caught:
        OPS.find(label).call(call).infer(Bound({"input": (TensorType(shape),)}))
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("label", "call"),
    [
        ("reflection_pad1d", 2),
        (
            "conv1d",
            {
                "filters": 4,
                "kernel_size": 5,
                "padding": "same",
                "strides": 2,
                "padding_mode": "reflect",
            },
        ),
    ],
)
def test_a_named_size_is_mirrored_only_where_its_bounds_suffice(
    label: str, call: object
) -> None:
    op = OPS.find(label).call(call)
    types = {"input": (TensorType((T, 3)),)}
    with pytest.raises(ShapeError) as caught:
        op.infer(Bound(types, {"t": Bounds(min=2)}))
    assert caught.value.hint == ("`dims: {t: {min: 3}}` bounds a size that has a name")
    op.infer(Bound(types, {"t": Bounds(min=3)}))


def test_integers_are_padded_with_integers_alone() -> None:
    op = OPS.find("pad").call({"axis": 1, "after": 1, "value": 0.5})
    with pytest.raises(ShapeError) as caught:
        op.infer(Bound({"input": (TensorType((4,), "int32"),)}))
    assert caught.value.message == "pad: 0.5 is no int32"
