"""Slots move elements without touching them: forwards, then backwards, is nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specgraph.load import compile_spec, loads
from specgraph.lower.slots import Fixed, Piece, Slot, rows_reordered, slot
from specgraph.plugins import find_backend
from specgraph.reference.base import Array
from specgraph.weights.slots import (
    SlotError,
    all_from_framework,
    all_to_framework,
    framework_shape,
    framework_shapes,
    from_framework,
    to_framework,
)

SIZES = st.integers(1, 4)


def numbered(shape: tuple[int, ...], start: int = 0) -> Array:
    """Distinct bit patterns, not numbers among them, which comparison cannot see."""
    count = math.prod(shape)
    return (
        np.arange(start, start + count, dtype=np.uint64).view(np.float64).reshape(shape)
    )


@st.composite
def pieces(draw: st.DrawFn) -> tuple[Piece, tuple[int, ...]]:
    gates = draw(st.integers(1, 4))
    shape = (*draw(st.lists(SIZES, max_size=3)), gates * draw(SIZES))
    blocks = tuple(draw(st.permutations(range(gates)))) if gates > 1 else ()
    split = shape
    if draw(st.booleans()):
        split = (*shape[:-1], gates, shape[-1] // gates)
    axes = tuple(draw(st.permutations(range(len(split)))))
    moved = tuple(split[axis] for axis in axes)
    after = draw(st.sampled_from([(), (-1,), (1, *moved), (math.prod(moved), 1)]))
    return Piece("w", blocks, split if split != shape else (), axes, after), shape


@given(pieces())
@settings(max_examples=200, deadline=None)
def test_a_piece_comes_back_byte_for_byte(made: tuple[Piece, tuple[int, ...]]) -> None:
    piece, shape = made
    one = Slot("k", (piece,))
    before = numbered(shape)
    there = to_framework(one, {"w": before})
    assert there.shape == framework_shape(one, {"w": shape})
    assert sorted(there.view(np.uint64).ravel()) == list(range(before.size))
    back = from_framework(one, there, {"w": shape})["w"]
    assert back.shape == shape
    assert back.tobytes() == before.tobytes()


@given(st.lists(SIZES, min_size=1, max_size=3), SIZES, st.integers(0, 1))
@settings(max_examples=50, deadline=None)
def test_joined_pieces_come_apart(sizes: list[int], other: int, axis: int) -> None:
    shapes = {
        f"w{i}": (size, other) if axis == 0 else (other, size)
        for i, size in enumerate(sizes)
    }
    one = Slot("k", tuple(Piece(name) for name in shapes), axis)
    start, before = 0, {}
    for name, shape in shapes.items():
        before[name] = numbered(shape, start)
        start += before[name].size
    there = to_framework(one, before)
    assert there.shape == framework_shape(one, shapes)
    back = from_framework(one, there, shapes)
    assert {n: a.tobytes() for n, a in back.items()} == {
        n: a.tobytes() for n, a in before.items()
    }


def test_gates_are_blocks_of_the_last_axis() -> None:
    joint = np.arange(6.0).reshape(1, 6)
    there = to_framework(slot("k", "w", blocks=(1, 0, 2), axes=(1, 0)), {"w": joint})
    assert there.ravel().tolist() == [2, 3, 0, 1, 4, 5]


def test_rows_of_a_flattened_kernel_follow_the_channels() -> None:
    height, width, channels, units = 2, 3, 4, 5
    kernel = numbered((height * width * channels, units))
    found = rows_reordered(
        slot("weight", "kernel", axes=(1, 0)),
        (height, width, channels),
        (2, 0, 1),
        units,
    )
    there = to_framework(found, {"kernel": kernel})
    expected = kernel.reshape(height, width, channels, units).transpose(3, 2, 0, 1)
    assert there.tobytes() == expected.reshape(units, -1).tobytes()
    back = from_framework(found, there, {"kernel": kernel.shape})
    assert back["kernel"].tobytes() == kernel.tobytes()


def test_a_tensor_of_another_shape_is_refused() -> None:
    found = slot("weight", "kernel", axes=(1, 0))
    with pytest.raises(SlotError, match=r"weight must be \[3, 2\], got \[2, 3\]"):
        from_framework(found, np.zeros((2, 3)), {"kernel": (2, 3)})


def test_a_constant_must_be_constant() -> None:
    fixed = Fixed("bias_hh", 0.0, (2,))
    assert from_framework(fixed, np.zeros(2), {}) == {}
    with pytest.raises(SlotError, match="bias_hh is always 0, the tensor is not"):
        from_framework(fixed, np.array([0.0, 1e-30]), {})


LSTM = """
specgraph: 1
name: words
inputs:
  tokens: {shape: [time], dtype: int32, range: [0, 7]}
layers:
  - embedding: {input_dim: 7, output_dim: 3}
  - lstm: 2
  - dense: 2
"""


def test_a_whole_model_goes_there_and_back() -> None:
    plan = find_backend("torch").plan(compile_spec(loads(LSTM)))
    start, before = 0, {}
    for path, param in plan.graph.parameters().items():
        before[path] = numbered(param.shape, start)
        start += param.size
    there = all_to_framework(plan, before)
    assert {k: a.shape for k, a in there.items()} == framework_shapes(plan)
    assert there["lstm.bias_hh_l0"].tolist() == [0.0] * 8
    back = all_from_framework(plan, there)
    assert list(back) == list(before)
    assert all(back[path].tobytes() == before[path].tobytes() for path in before)


def test_tensors_that_disagree_about_one_weight_are_refused() -> None:
    plan = find_backend("torch").plan(compile_spec(loads(LSTM)))
    plan.slots["again"] = slot("again", "dense.bias")
    before = {p: np.zeros(q.shape) for p, q in plan.graph.parameters().items()}
    there = all_to_framework(plan, before)
    there["again"] = there["again"] + 1
    with pytest.raises(SlotError, match=r"again .* disagree about dense\.bias"):
        all_from_framework(plan, there)
