"""The inputs that shape rules refuse, word for word."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from specgraph.ops import OPS
from specgraph.ops.base import Bound, DType, Layout, ShapeError, TensorType
from specgraph.ops.dims import symbol

Kind: TypeAlias = tuple[tuple[int | str, ...], Layout, DType]


def of(*shape: int | str, layout: Layout = "none", dtype: DType = "float32") -> Kind:
    """A type as the table writes it."""
    return shape, layout, dtype


def type_of(kind: Kind) -> TensorType:
    """The type, its names as symbols."""
    shape, layout, dtype = kind
    dims = tuple(symbol(d) if isinstance(d, str) else d for d in shape)
    return TensorType(dims, dtype, layout)


CONV = {"filters": 4, "kernel_size": 3}
FIXED = "weights have the same size for every input"
BATCH = "if its first axis is the batch, leave that out of the shape"
SMALLER = "use a smaller window, or `padding: same`"
LAYOUTS = "a permute before one of them gives it no layout"

SHAPES: list[tuple[str, object, list[Kind], str, str]] = [
    (
        "conv2d",
        CONV,
        [of(28, 28)],
        "conv2d needs [height, width, channels] (3 written dimensions), got [28, 28]",
        "`expand_dims: -1` before it adds an axis of one channel",
    ),
    (
        "conv2d",
        CONV,
        [of(28, 28, layout="channels_first")],
        "conv2d needs [channels, height, width] (3 written dimensions), got [28, 28]",
        "`expand_dims: 1` before it adds an axis of one channel",
    ),
    (
        "conv2d",
        CONV,
        [of(8, 28, 28, 1)],
        "conv2d needs [height, width, channels] (3 written dimensions), "
        "got [8, 28, 28, 1]",
        BATCH,
    ),
    (
        "max_pool1d",
        None,
        [of(16)],
        "max_pool1d needs [length, channels] (2 written dimensions), got [16]",
        "`expand_dims: -1` before it adds an axis of one channel",
    ),
    (
        "conv2d",
        CONV,
        [of(28, 28, "c")],
        "conv2d needs a fixed number of channels, got c",
        FIXED,
    ),
    (
        "conv2d",
        {**CONV, "groups": 2},
        [of(7, 7, 3)],
        "conv2d: the channels must be a multiple of groups, "
        "got 3 channels and 2 groups",
        "",
    ),
    (
        "conv2d",
        {**CONV, "kernel_size": 5, "padding": 1},
        [of(2, 9, 1)],
        "conv2d: a window of 5 x 5 with padding [[1, 1], [1, 1]] does not fit into "
        "[2, 9, 1]",
        SMALLER,
    ),
    (
        "conv2d",
        {**CONV, "dilation_rate": 4},
        [of(7, 9, 1)],
        "conv2d: a window of 9 x 9 with padding valid does not fit into [7, 9, 1]",
        SMALLER,
    ),
    (
        "conv1d",
        {**CONV, "padding": 4, "padding_mode": "reflect"},
        [of(4, 2)],
        "conv1d: reflect padding copies cells of an axis of at least 5, got 4",
        "",
    ),
    (
        "max_pool2d",
        {"pool_size": 2, "padding": 2},
        [of(7, 7, 1)],
        "max_pool2d: padding 2 must be less than the window of 2, or a window would "
        "hold no input",
        "",
    ),
    ("dense", 4, [of()], "dense needs [..., features], got [], one number", ""),
    (
        "dense",
        4,
        [of("t")],
        "dense needs a fixed number of input features, got t",
        FIXED,
    ),
    (
        "batch_norm",
        None,
        [of("t")],
        "batch_norm needs a fixed number of channels, got t",
        FIXED,
    ),
    (
        "batch_norm",
        {"axis": 0},
        [of(3)],
        "axis 0 of [3] is the batch",
        "axes run from 1 to 1, or from -1 to -1",
    ),
    (
        "layer_norm",
        {"axis": -3},
        [of(3, 4)],
        "axis -3 of [3, 4] is the batch",
        "axes run from 1 to 2, or from -1 to -2",
    ),
    (
        "layer_norm",
        {"axis": (1, -1)},
        [of(3)],
        "axes [1, -1] name one axis of [3] twice",
        "",
    ),
    (
        "softmax",
        4,
        [of(3)],
        "axis 4 does not exist in [3]",
        "axes run from 1 to 1, or from -1 to -1",
    ),
    (
        "softmax",
        None,
        [of()],
        "axis -1 does not exist in [], one number an example",
        "",
    ),
    (
        "lstm",
        4,
        [of(3)],
        "lstm needs [time, features] (2 written dimensions), got [3]",
        "",
    ),
    ("gru", 4, [of("t", "f")], "gru needs a fixed number of features, got f", FIXED),
    (
        "reshape",
        (4, 5),
        [of(3, 7)],
        "reshape: [3, 7] has 21 elements, [4, 5] has 20",
        "",
    ),
    (
        "reshape",
        (4, -1),
        [of(3, 7)],
        "reshape: [3, 7] has 21 elements, not a multiple of 4",
        "",
    ),
    (
        "reshape",
        12,
        [of("t", 3)],
        "reshape: [t, 3] has 3 * t elements, [12] has 12",
        "write -1 for the size that varies",
    ),
    (
        "permute",
        (2, 1),
        [of(3, 4, 5)],
        "permute: [2, 1] orders 2 axes, [3, 4, 5] has 3",
        "",
    ),
    (
        "expand_dims",
        0,
        [of(3)],
        "expand_dims: axis 0 is the batch",
        "axes of the output run from 1 to 2, or from -1 to -2",
    ),
    (
        "expand_dims",
        4,
        [of(3)],
        "expand_dims: axis 4 does not exist in [3] with one more",
        "axes of the output run from 1 to 2, or from -1 to -2",
    ),
    ("squeeze", 1, [of("t", 1)], "squeeze: axis 1 of [t, 1] has size t, not 1", ""),
    (
        "add",
        None,
        [of(3), of(4)],
        "add needs operands of one shape, got [3] and [4]",
        "",
    ),
    (
        "add",
        None,
        [of(3, 4), of(3, 1)],
        "add needs operands of one shape, got [3, 4] and [3, 1]",
        "`broadcast: true` repeats axes of size 1",
    ),
    (
        "maximum",
        None,
        [of("t", 3), of("s", 3)],
        "maximum needs operands of one shape, got [t, 3] and [s, 3]",
        "t and s differ where s is 1 and t is 2",
    ),
    (
        "subtract",
        {"broadcast": True},
        [of(3, 4), of(3)],
        "subtract needs shapes that broadcast, got [3, 4] and [3]",
        "",
    ),
    (
        "add",
        None,
        [of(3, 4, 5, layout="channels_first"), of(3, 4, 5, layout="channels_last")],
        "add needs operands of one layout, got channels_first and channels_last",
        LAYOUTS,
    ),
    (
        "add",
        None,
        [of(3), of(3, dtype="int32")],
        "add needs operands of one dtype, got float32, int32",
        "",
    ),
    (
        "concat",
        None,
        [of(3, 4), of(5, 4)],
        "concat: operands must be equal but for axis 2, got [3, 4] and [5, 4]",
        "",
    ),
    (
        "concat",
        0,
        [of(3), of(3)],
        "axis 0 of [3] is the batch",
        "axes run from 1 to 1, or from -1 to -1",
    ),
    ("not_equal", None, [of(3)], "not_equal without a value takes 2 inputs, got 1", ""),
    ("not_equal", 0, [of(3), of(3)], "not_equal with a value takes 1 input, got 2", ""),
]


@pytest.mark.parametrize(("label", "call", "kinds", "message", "hint"), SHAPES)
def test_shapes_are_refused(
    label: str, call: object, kinds: list[Kind], message: str, hint: str
) -> None:
    types = Bound({"input": tuple(map(type_of, kinds))})
    op = OPS.find(label).call(call)
    with pytest.raises(ShapeError) as caught:
        op.resolve(types).infer(types)
    assert (caught.value.message, caught.value.hint) == (message, hint)


RECURRENT: list[tuple[str, dict[str, list[Kind]], str]] = [
    (
        "lstm",
        {"initial_state": [of(4)]},
        "lstm has 2 states (state_h, state_c), got 1 for initial_state",
    ),
    (
        "lstm",
        {"initial_state": [of(4), of(5)]},
        "lstm: an initial state must be [4], got [5]",
    ),
    ("gru", {"initial_state": [of(5)]}, "gru: an initial state must be [4], got [5]"),
    (
        "simple_rnn",
        {"mask": [of("s", dtype="bool")]},
        "simple_rnn: mask must be [t], got [s]",
    ),
    ("gru", {"mask": [of("t", 1, dtype="bool")]}, "gru: mask must be [t], got [t, 1]"),
]


@pytest.mark.parametrize(("label", "ports", "message"), RECURRENT)
def test_states_and_masks_are_refused(
    label: str, ports: dict[str, list[Kind]], message: str
) -> None:
    all_ports = {"input": [of("t", 3)], **ports}
    types = Bound(
        {name: tuple(map(type_of, kinds)) for name, kinds in all_ports.items()}
    )
    with pytest.raises(ShapeError) as caught:
        OPS.find(label).call(4).infer(types)
    assert caught.value.message == message
