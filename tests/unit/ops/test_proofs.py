"""What is called proven holds at every legal size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specgraph.ops.dims import Dim, ceil_div, evaluate, maximum, minimum, symbol
from specgraph.ops.proofs import (
    Verdict,
    compare,
    divides,
    proves_at_least,
    proves_equal,
    witness,
)
from specgraph.ops.sizes import Bounds
from tests.unit.ops.dim_samples import Sample, samples

t, h, w = symbol("time"), symbol("height"), symbol("width")
Of = dict[str, Bounds]


def _halved(layers: int) -> Dim:
    dim: Dim = t
    for _ in range(layers):
        dim = ceil_div(dim, 2)
    return dim


COMPARED: list[tuple[Dim, Dim, Of, Verdict, dict[str, int] | None]] = [
    (3, 3, {}, "equal", None),
    (3, 4, {}, "different", {}),
    (ceil_div(t, 2), (t + 1) // 2, {}, "equal", None),
    ((t + 2 - 3) // 2 + 1, ceil_div(t, 2), {}, "equal", None),
    (t // 2 + ceil_div(t, 2), t, {}, "equal", None),
    (3 * t // 2, t + t // 2, {}, "equal", None),
    (_halved(30), (t + 2**30 - 1) // 2**30, {}, "equal", None),
    (t, t + 1, {"time": Bounds(min=7)}, "different", {"time": 7}),
    (2 * (t // 2), t, {}, "different", {"time": 1}),
    (2 * (t // 2), t, {"time": Bounds(min=6)}, "different", {"time": 7}),
    (32 * (t // 32), t, {"time": Bounds(multiple_of=32)}, "equal", None),
    (minimum(t, 512), t, {}, "different", {"time": 513}),
    (minimum(t, 512), t, {"time": Bounds(max=512)}, "equal", None),
    (maximum(t, 5), t, {"time": Bounds(min=5)}, "equal", None),
    (minimum(t, 9000) // 2, minimum(t // 2, 4500), {}, "equal", None),
    (
        minimum(t // 500 * 3, 4),
        minimum(t // 500 * 3, 3),
        {},
        "different",
        {"time": 1000},
    ),
    (-1 * minimum(h, w), maximum(-h, -w), {}, "unknown", None),
    (h * w, w * h, {}, "equal", None),
    (h + w, w * h, {}, "different", {"height": 1, "width": 1}),
    (t * (t // 2), t * (t - ceil_div(t, 2)), {}, "equal", None),
    (t * t // 2, t * t // 3 + t * t // 6, {}, "different", {"time": 2}),
    (h * w + h, h * w + t, {"width": Bounds(min=3)}, "different", None),
    # One more than a proof may try.
    (t // 2**20, t // 2**21 + (t + 2**20) // 2**21, {}, "unknown", None),
]


@pytest.mark.parametrize(("a", "b", "bounds", "verdict", "sizes"), COMPARED)
def test_dimensions_are_equal_different_or_unknown(
    a: Dim, b: Dim, bounds: Of, verdict: Verdict, sizes: dict[str, int] | None
) -> None:
    assert compare(a, b, bounds) == verdict
    assert proves_equal(a, b, bounds) == (verdict == "equal")
    found = witness(a, b, bounds)
    assert (found is None) == (verdict != "different")
    if sizes is not None:
        assert found == sizes
    if found is not None:
        assert evaluate(a, found) != evaluate(b, found)


AT_LEAST: list[tuple[Dim, int, Of, bool]] = [
    (3, 3, {}, True),
    (3, 4, {}, False),
    (t, 1, {}, True),
    (t - 4, 1, {}, False),
    (t - 4, 1, {"time": Bounds(min=5)}, True),
    (5 - t, 1, {}, False),
    (5 - t, 1, {"time": Bounds(max=4)}, True),
    (1000 - t, 1, {}, False),
    (100_000 - t, 1, {}, False),
    (t - t // 2 - t // 3, 0, {}, True),
    (t - t // 2 - t // 3, 1, {}, True),
    (t - t // 2 - t // 3, 2, {}, False),
    ((h - 2) * (w - 2), 1, {"height": Bounds(min=3), "width": Bounds(min=3)}, True),
    ((h - 2) * (w - 2), 1, {"height": Bounds(min=3)}, False),
    (maximum(h - w, 3), 3, {}, True),
    (minimum(h, w // 2), 1, {"width": Bounds(min=2)}, True),
    (h - w, 1, {}, False),
]


@pytest.mark.parametrize(("dim", "least", "bounds", "proven"), AT_LEAST)
def test_lower_bounds_are_proven(
    dim: Dim, least: int, bounds: Of, proven: bool
) -> None:
    assert proves_at_least(dim, least, bounds) is proven


DIVIDED: list[tuple[Dim, Dim, Of, bool]] = [
    (4, 12, {}, True),
    (5, 12, {}, False),
    (3, 12 * t, {}, True),
    (t, 12 * t, {}, True),
    (t, 12, {}, False),
    (8, t, {"time": Bounds(multiple_of=16)}, True),
    (8, t, {"time": Bounds(multiple_of=12)}, False),
    (8, h * w, {"height": Bounds(multiple_of=2), "width": Bounds(multiple_of=4)}, True),
    (3, t, {}, False),
]


@pytest.mark.parametrize(("divisor", "dim", "bounds", "proven"), DIVIDED)
def test_divisibility_is_proven(
    divisor: Dim, dim: Dim, bounds: Of, proven: bool
) -> None:
    assert divides(divisor, dim, bounds) is proven


SEARCH = settings(deadline=None, max_examples=60)

BOUNDS = st.builds(
    Bounds,
    min=st.integers(1, 9),
    max=st.none() | st.integers(20, 60),
    multiple_of=st.integers(1, 5),
)


def _legal(bound: Bounds) -> Iterator[int]:
    return iter(range(bound.least, (bound.max or 600) + 1, bound.multiple_of))


@SEARCH
@given(samples("a"), samples("a"), BOUNDS)
def test_a_verdict_on_one_name_holds_at_every_size(
    one: Sample, other: Sample, bound: Bounds
) -> None:
    bounds = {"a": bound}
    verdict = compare(one[0], other[0], bounds)
    agree = all(one[1]({"a": n}) == other[1]({"a": n}) for n in _legal(bound))
    if verdict == "equal":
        assert agree
    if verdict == "different":
        sizes = witness(one[0], other[0], bounds)
        assert sizes is not None
        # A dimension of no name has no size to differ at.
        sizes = {"a": bound.least, **sizes}
        assert one[1](sizes) != other[1](sizes)
        assert sizes["a"] % bound.multiple_of == 0
        assert bound.min <= sizes["a"] <= (bound.max or sizes["a"])
    if bound.max is not None:
        assert verdict == ("equal" if agree else "different")


@SEARCH
@given(samples("a"), samples("a"))
def test_a_difference_at_a_small_size_is_found(one: Sample, other: Sample) -> None:
    agree = all(one[1]({"a": n}) == other[1]({"a": n}) for n in range(1, 400))
    assert agree or compare(one[0], other[0], {}) == "different"


@SEARCH
@given(samples("a"), st.integers(1, 6), BOUNDS)
def test_a_remainder_that_is_taken_off_leaves_a_multiple(
    sample: Sample, divisor: int, bound: Bounds
) -> None:
    dim = sample[0]
    assert divides(divisor, dim - dim % divisor, {"a": bound})


@SEARCH
@given(samples("a"), st.integers(-5, 5), BOUNDS)
def test_a_proven_lower_bound_holds_at_every_size(
    sample: Sample, least: int, bound: Bounds
) -> None:
    holds = all(sample[1]({"a": n}) >= least for n in _legal(bound))
    proven = proves_at_least(sample[0], least, {"a": bound})
    assert holds or not proven
    if bound.max is not None:
        assert proven == holds


@SEARCH
@given(samples("a", "b"), samples("a", "b"), st.integers(-5, 5), BOUNDS, BOUNDS)
def test_what_is_proven_of_two_names_holds_at_every_size(
    one: Sample, other: Sample, least: int, a: Bounds, b: Bounds
) -> None:
    bounds = {"a": a, "b": b}
    grid = [
        {"a": first, "b": second}
        for first in list(_legal(a))[:15]
        for second in list(_legal(b))[:15]
    ]
    if proves_equal(one[0], other[0], bounds):
        assert all(one[1](sizes) == other[1](sizes) for sizes in grid)
    if proves_at_least(one[0], least, bounds):
        assert all(one[1](sizes) >= least for sizes in grid)
