from __future__ import annotations

import math

import numpy as np
import pytest

from specgraph.definition import CallError, Semantics, call_form
from specgraph.reference.training import initialize
from specgraph.training.initializers import (
    INITIALIZERS,
    FanInUniform,
    FanScaled,
    GlorotUniform,
    Initializer,
    Orthogonal,
    VarianceScaling,
    fans,
)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), (1, 1)),
        ((7,), (7, 7)),
        ((5, 3), (5, 3)),
        ((4, 5, 3), (20, 12)),
        ((2, 3, 5, 7), (30, 42)),
    ],
)
def test_fans_count_the_receptive_field(
    shape: tuple[int, ...], expected: tuple[int, int]
) -> None:
    assert fans(shape) == expected


def test_fans_follow_the_axes_where_they_are_given() -> None:
    assert fans((8, 2, 4), (0,), (1, 2)) == (8, 8)
    scaled = GlorotUniform().over((0,), (1, 2))
    assert scaled.spread((8, 2, 4)) == pytest.approx(math.sqrt(6 / 16))


@pytest.mark.parametrize(
    ("call", "semantics", "expected"),
    [
        ({"random_normal": 0.02}, "keras", {"mean": 0.0, "stddev": 0.02}),
        ("random_normal", "keras", {"mean": 0.0, "stddev": 0.05}),
        ("random_normal", "torch", {"mean": 0.0, "stddev": 1.0}),
        ("random_uniform", "keras", {"minval": -0.05, "maxval": 0.05}),
        ("random_uniform", "torch", {"minval": 0.0, "maxval": 1.0}),
        ({"constant": 3}, "keras", {"value": 3}),
        ({"orthogonal": 2.0}, "keras", {"gain": 2.0}),
        ({"fan_in_uniform": 9}, "torch", {"fan": 9}),
    ],
)
def test_calls_fill_in_the_defaults_of_the_semantics(
    call: object, semantics: Semantics, expected: dict[str, object]
) -> None:
    assert INITIALIZERS.parse(call, semantics).attributes() == expected


@pytest.mark.parametrize("cls", list(INITIALIZERS))
def test_the_written_form_means_the_same(cls: type[Initializer]) -> None:
    choices: tuple[Semantics, ...] = ("keras", "torch")
    for semantics in choices:
        found = cls.call(None, semantics)
        assert INITIALIZERS.parse(call_form(found), "keras") == found


@pytest.mark.parametrize(
    ("call", "path", "message"),
    [
        (
            {"random_uniform": {"minval": 1, "maxval": 0}},
            ("random_uniform", "minval"),
            "minval 1 lies above maxval 0",
        ),
        (
            {"random_normal": -1.0},
            ("random_normal", "stddev"),
            "random_normal: stddev must be greater than or equal to 0, got -1.0",
        ),
        (
            {"variance_scaling": 0},
            ("variance_scaling", "scale"),
            "variance_scaling: scale must be greater than 0, got 0",
        ),
        ("xavier_uniform", (), "unknown initializer 'xavier_uniform'"),
    ],
)
def test_a_bad_call_says_where(call: object, path: object, message: str) -> None:
    with pytest.raises(CallError) as caught:
        INITIALIZERS.parse(call)
    (problem,) = caught.value.problems
    assert (problem.path, problem.message) == (path, message)


def test_names_of_torch_lead_to_names_of_keras() -> None:
    with pytest.raises(CallError) as caught:
        INITIALIZERS.parse("kaiming_normal")
    assert caught.value.problems[0].hint == "did you mean 'he_normal'?"


def test_orthogonal_and_identity_refuse_shapes_they_cannot_fill() -> None:
    orthogonal, identity = map(INITIALIZERS.parse, ("orthogonal", "identity"))
    assert orthogonal.problem((3, 4, 5)) is None
    assert identity.problem((3, 4)) is None
    refused = orthogonal.problem((3,)), identity.problem((3, 4, 5))
    assert [p.message for p in refused if p] == [
        "orthogonal fills weights of two axes or more, got [3]",
        "identity fills weights of two axes, got [3, 4, 5]",
    ]


def test_a_fan_is_made_of_axes_that_a_weight_has() -> None:
    axes = {"input_axes": (0, 3), "output_axes": (-1,)}
    scaling = INITIALIZERS.parse({"variance_scaling": axes})
    assert scaling.problem((2, 3, 4, 5)) is None
    refused = scaling.problem((2, 3))
    assert refused is not None
    assert refused.message == "variance_scaling: no axis 3 in [2, 3]"
    with pytest.raises(CallError, match="input_axes and output_axes go together"):
        INITIALIZERS.parse({"variance_scaling": {"input_axes": (0,)}})


SCALED = [cls for cls in INITIALIZERS if issubclass(cls, FanScaled)]


@pytest.mark.parametrize("cls", SCALED)
def test_draws_have_the_variance_of_the_fans(cls: type[FanScaled]) -> None:
    shape = (3, 3, 40, 120)
    scaling = cls().scaling()
    drawn = initialize(cls(), shape, np.random.default_rng(0))
    assert drawn.shape == shape
    assert drawn.var() == pytest.approx(scaling.scale / scaling.fan(shape), rel=0.02)
    bound = scaling.spread(shape) * (1 if scaling.distribution == "uniform" else 2)
    assert 0.99 * bound < np.abs(drawn).max() <= bound


def test_an_untruncated_normal_has_tails() -> None:
    initializer = VarianceScaling(distribution="untruncated_normal")
    drawn = initialize(initializer, (100, 400), np.random.default_rng(0))
    assert drawn.std() == pytest.approx(0.1, rel=0.02)
    assert np.abs(drawn).max() > 0.3


def test_a_truncated_normal_is_cut_at_two_deviations() -> None:
    initializer = INITIALIZERS.parse({"truncated_normal": {"mean": 1, "stddev": 0.5}})
    drawn = initialize(initializer, (50_000,), np.random.default_rng(0))
    assert 0.0 <= drawn.min() < 0.01 and 1.99 < drawn.max() <= 2.0
    assert drawn.std() == pytest.approx(0.5 * 0.87962566, rel=0.02)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (3, 2, 4)])
def test_orthogonal_draws_are_orthonormal(shape: tuple[int, ...]) -> None:
    initializer = INITIALIZERS.parse({"orthogonal": 3.0})
    drawn = initialize(initializer, shape, np.random.default_rng(0))
    matrix = drawn.reshape(-1, shape[-1])
    gram = matrix.T @ matrix if matrix.shape[0] >= shape[-1] else matrix @ matrix.T
    np.testing.assert_allclose(gram, 9 * np.eye(len(gram)), atol=1e-12)


def test_orthogonal_draws_have_either_sign() -> None:
    rng = np.random.default_rng(0)
    drawn = {initialize(Orthogonal(), (1, 1), rng).item() for _ in range(30)}
    assert drawn == {-1.0, 1.0}


def test_what_is_not_random_is_what_it_says() -> None:
    rng = np.random.default_rng(0)
    table = {
        "zeros": [[0, 0, 0], [0, 0, 0]],
        "ones": [[1, 1, 1], [1, 1, 1]],
        "constant": [[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]],
        "identity": [[0.5, 0, 0], [0, 0.5, 0]],
    }
    for name, expected in table.items():
        call = {name: 0.5} if name in ("constant", "identity") else name
        initializer = INITIALIZERS.parse(call)
        assert not initializer.random
        assert initialize(initializer, (2, 3), rng).tolist() == expected


@pytest.mark.parametrize("interleaved", [True, False])
def test_a_sinusoidal_table_holds_the_waves_of_each_position(interleaved: bool) -> None:
    call = {"base": 100, "interleaved": interleaved, "start": 2, "step": 0.5}
    initializer = INITIALIZERS.parse({"sinusoidal": call})
    table = initialize(initializer, (3, 4), np.random.default_rng(0))
    for row, position in enumerate((2, 2.5, 3)):
        sines = [math.sin(position), math.sin(position / 10)]
        cosines = [math.cos(position), math.cos(position / 10)]
        pairs = [sines[0], cosines[0], sines[1], cosines[1]]
        expected = pairs if interleaved else sines + cosines
        np.testing.assert_allclose(table[row], expected, rtol=1e-12)


def test_sinusoidal_refuses_what_is_no_table() -> None:
    halves = INITIALIZERS.parse({"sinusoidal": {"interleaved": False}})
    refused = halves.problem((3,)), halves.problem((4, 5))
    assert [p.message for p in refused if p] == [
        "sinusoidal fills tables [rows, features], got [3]",
        "sinusoidal in halves needs even features, got [4, 5]",
    ]


def test_torch_layers_draw_from_these_bounds() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(6, 40, 3)
    kernel = VarianceScaling(scale=1 / 3, distribution="uniform")
    bound = kernel.spread((3, 3, 6, 40))
    assert 0.99 * bound < float(conv.weight.detach().abs().max()) <= bound * (1 + 1e-6)
    assert FanInUniform(fan=54).bound((40,)) == pytest.approx(bound)
    assert 0.8 * bound < float(conv.bias.detach().abs().max()) <= bound * (1 + 1e-6)
