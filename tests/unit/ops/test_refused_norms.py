"""The inputs that norms, gates and dropouts refuse, word for word."""

from __future__ import annotations

import pytest

from specgraph.definition import CallError
from specgraph.ops import OPS
from specgraph.ops.base import Bound, Layout, ShapeError, TensorType
from specgraph.ops.dims import Dim, symbol

TIME = symbol("time")

SHAPES: list[tuple[str, object, tuple[Dim, ...], Layout, str, str]] = [
    (
        "glu",
        None,
        (4, 5),
        "none",
        "glu halves axis 2 of [4, 5], and 5 is not even",
        "the layer before it needs twice the features",
    ),
    (
        "glu",
        {"axis": 1},
        (TIME, 4),
        "none",
        "glu halves axis 1 of [time, 4], and time is not even",
        "the layer before it needs twice the features",
    ),
    (
        "prelu",
        None,
        (TIME, 3),
        "none",
        "prelu needs a fixed number of elements along axis 1, got time",
        "weights have the same size for every input",
    ),
    (
        "group_norm",
        4,
        (5, 6),
        "none",
        "group_norm: 4 groups do not divide 6 channels",
        "",
    ),
    (
        "group_norm",
        None,
        (5, 48),
        "none",
        "group_norm: 32 groups do not divide 48 channels",
        "",
    ),
    (
        "group_norm",
        -1,
        (6,),
        "none",
        "group_norm would normalize each number of [6] by itself",
        "a group needs two numbers at least",
    ),
    (
        "instance_norm",
        None,
        (3, 1, 1),
        "channels_first",
        "instance_norm would normalize each number of [3, 1, 1] by itself",
        "a group needs two numbers at least",
    ),
    (
        "local_response_norm",
        5,
        (6,),
        "none",
        "local_response_norm needs [..., channels] of two axes at least, got [6]",
        "",
    ),
    (
        "rms_norm",
        {"axis": (1, 2)},
        (TIME, 4),
        "none",
        "rms_norm needs a fixed number of normalized features, got time",
        "weights have the same size for every input",
    ),
    (
        "normalization",
        {"mean": (0.5, 0.5), "variance": 1.0},
        (4, 3),
        "none",
        "normalization: mean has 2 numbers, and axis -1 of [4, 3] is 3 long",
        "",
    ),
    (
        "spatial_dropout2d",
        0.5,
        (4, 3),
        "none",
        "spatial_dropout2d drops channels of 2 axes, got [4, 3]",
        "spatial_dropout1d fits [4, 3]",
    ),
    (
        "layer_scale",
        None,
        (4, TIME),
        "none",
        "layer_scale needs a fixed number of channels, got time",
        "weights have the same size for every input",
    ),
]


@pytest.mark.parametrize(
    ("label", "call", "shape", "layout", "message", "hint"),
    SHAPES,
    ids=[f"{label} of {list(shape)}" for label, _, shape, *_ in SHAPES],
)
def test_shapes_are_refused(
    label: str,
    call: object,
    shape: tuple[Dim, ...],
    layout: Layout,
    message: str,
    hint: str,
) -> None:
    op = OPS.find(label).call(call)
    inputs = Bound({"input": (TensorType(shape, layout=layout),)})
    with pytest.raises(ShapeError) as caught:
        op.resolve(inputs).infer(inputs)
    assert (caught.value.message, caught.value.hint) == (message, hint)


CALLS: list[tuple[str, object]] = [
    ("group_norm", 0),
    ("group_norm", -2),
    ("celu", {"alpha": 0}),
    ("squareplus", {"b": 0}),
    ("alpha_dropout", 1),
    ("gaussian_dropout", 1),
    ("gaussian_noise", 1.5),
    ("stochastic_depth", -0.1),
    ("local_response_norm", 0),
    ("normalization", {"mean": 0, "variance": -1}),
    ("normalization", {"mean": 0, "variance": (1, -1)}),
    ("normalization", {"mean": (), "variance": 1}),
    ("normalization", {"mean": 0}),
    ("activity_regularization", {"l1": -1}),
    ("prelu", {"shared_axes": "some"}),
]


@pytest.mark.parametrize(("label", "call"), CALLS, ids=map(str, CALLS))
def test_numbers_that_mean_nothing_are_refused(label: str, call: object) -> None:
    with pytest.raises(CallError):
        OPS.find(label).call(call)


def test_glu_halves_a_named_size_of_even_numbers() -> None:
    inputs = Bound({"input": (TensorType((2 * TIME, 3)),)})
    made = OPS.find("glu").call({"axis": 1}).infer(inputs)["output"]
    assert made.shape == (TIME, 3)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("GroupNormalization", "group_norm"),
        ("InstanceNorm2d", "instance_norm"),
        ("RMSNormalization", "rms_norm"),
        ("UnitNormalization", "l2_normalize"),
        ("Hardswish", "hard_silu"),
        ("PReLU", "prelu"),
        ("Dropout2d", "spatial_dropout2d"),
        ("DropPath", "stochastic_depth"),
        ("LocalResponseNorm", "local_response_norm"),
        ("LogSigmoid", "log_sigmoid"),
        ("GaussianNoise", "gaussian_noise"),
    ],
)
def test_names_of_other_frameworks_are_known(word: str, meant: str) -> None:
    assert meant in OPS.unknown(word).hint
