"""What ops of numbers and of parts of values refuse, word for word."""

from __future__ import annotations

import pytest

from specgraph.definition import CallError
from specgraph.ops import OPS
from specgraph.ops.base import Bound, ShapeError
from tests.unit.ops.test_refused_shapes import Kind, of, type_of

INPUTS: list[tuple[str, object, list[Kind], str]] = [
    (
        "slice",
        {"axis": 1, "index": 4},
        [of(4, 3)],
        "slice of axis 1: index 4 needs 5 or more, got 4",
    ),
    (
        "slice",
        {"axis": 1, "index": 1},
        [of("time", 3)],
        "slice of axis 1: index 1 needs 2 or more, got time",
    ),
    (
        "slice",
        {"axis": -1, "start": 2, "stop": 1},
        [of(4, 3)],
        "slice: nothing of axis 2 of [4, 3] is in 2:1",
    ),
    ("split", 2, [of(4, 3)], "split: 3 is not a multiple of 2"),
    ("split", 2, [of(4, "size")], "split: size is not a multiple of 2"),
    ("split", [1, 3], [of(4, 3)], "split: [1, 3] add up to 4, not 3"),
    (
        "gather",
        None,
        [of(4, 3)],
        "gather takes its indices from an input or as an attribute, got neither",
    ),
    ("gather", {"indices": (4,)}, [of(4)], "gather: index 4 needs 5 or more, got 4"),
    (
        "stack",
        None,
        [of(4, 3), of(4, 2)],
        "stack needs operands of one shape, got [4, 3] and [4, 2]",
    ),
    ("repeat_vector", 2, [of(4, 3)], "repeat_vector needs [features], got [4, 3]"),
    ("tile", {"repeats": 2}, [of(4, 3)], "tile: [2] are 1 axes, [4, 3] has 2"),
    (
        "scale",
        0.5,
        [of(4, dtype="int32")],
        "scale: 0.5 is no whole number, the input is int32",
    ),
    ("sum", None, [of()], "sum needs an axis, got [], one number an example"),
    (
        "var",
        {"axis": 1, "correction": 1},
        [of("time", 3)],
        "var with correction: 1 needs 2 values or more, got time",
    ),
    ("top_k", 4, [of(3)], "top_k: 4 of 3 are too many"),
    (
        "greater",
        None,
        [of(3)],
        "greater without a value takes 2 inputs, got 1",
    ),
    (
        "divide",
        None,
        [of(4, 3), of(1, 3)],
        "divide needs operands of one shape, got [4, 3] and [1, 3]",
    ),
    (
        "matmul",
        None,
        [of(4, 3), of(4, 3)],
        "matmul needs [..., n, k] and [..., k, m], got [4, 3] and [4, 3]",
    ),
    ("dot", 1, [of(4), of(3)], "dot: axis 1 of [4] and axis 1 of [3] differ"),
    (
        "einsum",
        "ij,jk->ik",
        [of(4, 3), of(3, 5)],
        "einsum: the parts of ij,jk->ik begin with different letters",
    ),
    (
        "einsum",
        "bij,bjk->bik",
        [of(4, 3), of(4, 5)],
        "einsum: j of bij,bjk->bik is 3 and 4",
    ),
    (
        "einsum",
        "bij->bi",
        [of(4)],
        "einsum: bij are 3 axes, the batch and [4] are 2",
    ),
    (
        "einsum_dense",
        {"equation": "btd,de->bte", "output_shape": [None]},
        [of(4, 3)],
        "einsum_dense: nothing says the size of e in btd,de->bte",
    ),
    (
        "einsum_dense",
        {"equation": "bd,de->be", "output_shape": 5, "bias_axes": "x"},
        [of(3)],
        "einsum_dense: bias_axes 'x' are no letters of 'e'",
    ),
]


@pytest.mark.parametrize(("label", "call", "kinds", "message"), INPUTS)
def test_inputs_that_do_not_fit_are_refused(
    label: str, call: object, kinds: list[Kind], message: str
) -> None:
    op = OPS.find(label)
    types = Bound({op.ports[0].name: tuple(map(type_of, kinds))})
    with pytest.raises(ShapeError) as caught:
        built = op.call(call).resolve(types)
        built.infer(types)
        built.params(types)
    assert caught.value.message == message


CALLS: list[tuple[str, object, str]] = [
    (
        "slice",
        {"axis": 1, "index": 0, "stop": 2},
        "slice: `index` is one place, it goes without start, stop and step",
    ),
    (
        "split",
        10**9,
        "sections: 1 to 256 parts, or a list of their positive sizes, got 1000000000",
    ),
    ("clip", None, "clip needs `min` or `max`"),
    ("clip", {"min": 2, "max": 1}, "clip: min 2 lies above max 1"),
    (
        "einsum",
        "bij,bjk",
        "equation: an equation is of letters for axes, the batch first: "
        "`bij,bjk->bik`, or `...ij,...jk->...ik`, got 'bij,bjk'",
    ),
    (
        "einsum",
        "bii->bi",
        "equation: a letter comes twice in one part of 'bii->bi'",
    ),
    (
        "einsum",
        "bij->bk",
        "equation: no operand has 'k' of the result of 'bij->bk'",
    ),
    (
        "constant",
        [[1, 2], [3]],
        "value: lists side by side are equally long, got [[1, 2], [3]]",
    ),
    (
        "constant",
        ["x"],
        "value: a number or lists of numbers are wanted, got 'x'",
    ),
    ("constant", [0] * 65537, "value: 65,537 numbers, the limit is 65,536"),
    (
        "constant",
        {"value": 0.5, "dtype": "int32"},
        "constant: int32 holds whole numbers of 32 bits",
    ),
]


@pytest.mark.parametrize(("label", "call", "message"), CALLS)
def test_calls_that_mean_nothing_are_refused(
    label: str, call: object, message: str
) -> None:
    with pytest.raises(CallError) as caught:
        OPS.find(label).call(call)
    assert str(caught.value) == message


SHAPES: list[tuple[str, object, tuple[int | str, ...], str]] = [
    ("slice", {"axis": 1, "start": 1}, ("time", 3), "[time - 1, 3]"),
    ("slice", {"axis": 1, "start": -2}, ("time", 3), "[min(time, 2), 3]"),
    ("slice", {"axis": 1, "stop": -1, "step": 2}, ("time", 3), "[time // 2, 3]"),
    ("slice", {"axis": 1, "stop": 9}, (4, 3), "[4, 3]"),
    ("slice", {"axis": 1, "stop": 9}, ("time",), "[min(time, 9)]"),
    ("tile", {"repeats": (2, 1)}, ("time", 3), "[2 * time, 3]"),
    ("mean", {"axis": 1, "keepdims": True}, ("time", 3), "[1, 3]"),
    ("sum", {"axis": [-1, 1]}, (4, "time", 3), "[time]"),
    ("one_hot", 5, ("time",), "[time, 5]"),
]


@pytest.mark.parametrize(("label", "call", "shape", "result"), SHAPES)
def test_sizes_follow_from_names(
    label: str, call: object, shape: tuple[int | str, ...], result: str
) -> None:
    types = Bound({"input": (type_of(of(*shape)),)})
    found = OPS.find(label).call(call).resolve(types).infer(types)
    assert str(found["output"]) == result
