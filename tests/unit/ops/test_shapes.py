"""Shape rules: what every op makes of sizes, symbolic ones included."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from specgraph.ops import OPS
from specgraph.ops.base import Bound, Layout, TensorType
from specgraph.ops.dims import evaluate, symbol
from specgraph.ops.sizes import Bounds

Shape: TypeAlias = tuple[int | str, ...]


def kind(shape: Shape, layout: Layout = "none") -> TensorType:
    """A type whose names are symbols."""
    dims = tuple(symbol(d) if isinstance(d, str) else d for d in shape)
    return TensorType(dims, layout=layout)


def bound(*kinds: TensorType) -> Bound[TensorType]:
    """The types as the input of one port."""
    return Bound({"input": kinds})


WINDOWS: list[tuple[str, object, Shape, Layout, str]] = [
    (
        "conv2d",
        {"filters": 32, "kernel_size": 3},
        (28, 28, 1),
        "channels_last",
        "[26, 26, 32]",
    ),
    (
        "conv2d",
        {"filters": 10, "kernel_size": 5},
        (1, 16, 16),
        "channels_first",
        "[10, 12, 12]",
    ),
    (
        "conv2d",
        {"filters": 8, "kernel_size": (3, 2), "strides": (2, 3), "padding": "same"},
        ("h", "w", 3),
        "channels_last",
        "[(h + 1) // 2, (w + 2) // 3, 8]",
    ),
    (
        "conv2d",
        {"filters": 8, "kernel_size": 3, "padding": 1, "dilation_rate": 2},
        (9, "w", 3),
        "none",
        "[7, w - 2, 8]",
    ),
    (
        "conv1d",
        {"filters": 8, "kernel_size": 3, "padding": "causal", "strides": 2},
        ("t", 3),
        "none",
        "[(t + 1) // 2, 8]",
    ),
    (
        "conv1d",
        {"filters": 8, "kernel_size": 3, "padding": ((2, 0),), "strides": 2},
        (4, "t"),
        "channels_first",
        "[8, (t + 1) // 2]",
    ),
    ("max_pool2d", None, (26, 27, 32), "channels_last", "[13, 13, 32]"),
    (
        "max_pool2d",
        {"pool_size": 3, "strides": 2, "padding": 1},
        (64, 112, 111),
        "channels_first",
        "[64, 56, 56]",
    ),
    (
        "max_pool2d",
        {"pool_size": 2, "ceil_mode": True},
        (7, 8, 3),
        "channels_last",
        "[4, 4, 3]",
    ),
    (
        "average_pool1d",
        {"pool_size": 2, "strides": 3, "padding": 1, "ceil_mode": True},
        (5, 2),
        "none",
        "[2, 2]",
    ),
    (
        "average_pool1d",
        {"pool_size": 3, "padding": "same"},
        ("t", 2),
        "none",
        "[(t + 2) // 3, 2]",
    ),
    ("zero_pad1d", (1, 2), ("t", 3), "none", "[t + 3, 3]"),
    ("zero_pad2d", ((1, 2), 3), (3, 4, 5), "channels_first", "[3, 7, 11]"),
    ("global_average_pool2d", None, ("h", 4, 3), "channels_last", "[3]"),
    (
        "global_max_pool2d",
        {"keepdims": True},
        (3, "h", 4),
        "channels_first",
        "[3, 1, 1]",
    ),
]


@pytest.mark.parametrize(("label", "call", "shape", "layout", "expected"), WINDOWS)
def test_windows(
    label: str, call: object, shape: Shape, layout: Layout, expected: str
) -> None:
    types = bound(kind(shape, layout))
    found = OPS.find(label).call(call).infer(types)["output"]
    assert str(found) == expected
    assert found.layout == (layout if len(found.shape) > 1 else "none")


SHAPES: list[tuple[str, object, list[Shape], str]] = [
    ("dense", 5, [("t", 3)], "[t, 5]"),
    ("dense", {"units": 5, "activation": "softmax"}, [(3,)], "[5]"),
    ("embedding", {"input_dim": 7, "output_dim": 5}, [("t",)], "[t, 5]"),
    ("embedding", {"input_dim": 7, "output_dim": 5}, [()], "[5]"),
    ("lstm", 5, [("t", 3)], "[5]"),
    ("gru", {"units": 5, "return_sequences": True}, [("t", 3)], "[t, 5]"),
    ("batch_norm", None, [("t", 3)], "[t, 3]"),
    ("layer_norm", {"axis": (1, -1)}, [(4, 3)], "[4, 3]"),
    ("flatten", None, [("h", 4, 3)], "[12 * h]"),
    ("flatten", None, [()], "[1]"),
    ("reshape", (4, -1), [("h", 4, 3)], "[4, 3 * h]"),
    ("reshape", 12, [(4, 3)], "[12]"),
    ("permute", (3, 1, 2), [("h", 4, 3)], "[3, h, 4]"),
    ("expand_dims", 1, [(4, 3)], "[1, 4, 3]"),
    ("expand_dims", -1, [(4, 3)], "[4, 3, 1]"),
    ("expand_dims", -3, [(4, 3)], "[1, 4, 3]"),
    ("squeeze", None, [(1, "t", 1)], "[t]"),
    ("squeeze", -1, [(1, "t", 1)], "[1, t]"),
    ("add", None, [("t", 3), ("t", 3)], "[t, 3]"),
    ("add", {"broadcast": True}, [(3,), ("t", 1)], "[t, 3]"),
    ("multiply", {"broadcast": True}, [("t", 1, 4), (3, 1)], "[t, 3, 4]"),
    ("concat", None, [("t", 3), ("t", 4), ("t", 5)], "[t, 12]"),
    ("concat", 1, [("t", 3), ("s", 3)], "[s + t, 3]"),
    ("not_equal", 0, [("t",)], "[t]"),
]


@pytest.mark.parametrize(("label", "call", "shapes", "expected"), SHAPES)
def test_shapes(label: str, call: object, shapes: list[Shape], expected: str) -> None:
    types = bound(*map(kind, shapes))
    assert str(OPS.find(label).call(call).infer(types)["output"]) == expected


def test_parameter_takes_no_input() -> None:
    found = OPS.find("parameter").call((1, 3)).infer(Bound({}))
    assert str(found["output"]) == "[1, 3]"


def test_states_are_outputs_on_request() -> None:
    types = bound(kind(("t", 3)))
    found = OPS.find("lstm").build({"units": 5, "return_state": True}).infer(types)
    assert list(found) == ["output", "state_h", "state_c"]
    found = OPS.find("gru").build({"units": 5, "return_state": True}).infer(types)
    assert {name: str(kind) for name, kind in found.items()} == {
        "output": "[5]",
        "state": "[5]",
    }


def test_bounds_of_names_make_sizes_equal() -> None:
    halved = symbol("t") // 2 * 2
    types = (kind(("t", 3)), TensorType((halved, 3)))
    sizes = {"t": Bounds(min=2, multiple_of=2)}
    found = OPS.find("add").call(None).infer(Bound({"input": types}, sizes))
    assert str(found["output"]) == "[t, 3]"


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_a_value_without_layout_takes_that_of_the_other_operand(
    layout: Layout,
) -> None:
    types = bound(kind((4, 3, 5)), kind((4, 3, 5), layout))
    assert OPS.find("add").call(None).infer(types)["output"].layout == layout
    assert OPS.find("concat").call(None).infer(types)["output"].layout == layout


MULTIPLY_ADDS: list[tuple[str, object, Shape, int]] = [
    ("conv2d", {"filters": 8, "kernel_size": 3}, (6, 7, 2), 4 * 5 * 9 * 2 * 8),
    (
        "conv2d",
        {"filters": 8, "kernel_size": 3, "groups": 2},
        (6, 7, 2),
        4 * 5 * 9 * 8,
    ),
    ("dense", 5, (4, 3), 4 * 3 * 5),
    ("lstm", 5, (7, 3), 7 * 4 * (3 + 5) * 5),
    ("gru", 5, (7, 3), 7 * 3 * (3 + 5) * 5),
    ("simple_rnn", 5, (7, 3), 7 * (3 + 5) * 5),
    ("relu", None, (7, 3), 0),
]


@pytest.mark.parametrize(("label", "call", "shape", "expected"), MULTIPLY_ADDS)
def test_multiply_adds(label: str, call: object, shape: Shape, expected: int) -> None:
    types = bound(kind(shape))
    assert OPS.find(label).call(call).multiply_adds(types) == expected


def test_multiply_adds_of_any_size() -> None:
    op = OPS.find("conv1d").build({"filters": 8, "kernel_size": 3})
    found = op.multiply_adds(bound(kind(("t", 2))))
    assert evaluate(found, {"t": 10}) == 8 * 3 * 2 * 8
