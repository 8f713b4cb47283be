"""Legal sizes lie within bounds and make every dimension 1 or more."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specgraph.ops.dims import Dim, DimError, evaluate, minimum, symbol
from specgraph.ops.sizes import Bounds, least_legal, legal_sizes
from tests.unit.ops.dim_samples import Sample, samples

t, h, w = symbol("time"), symbol("height"), symbol("width")


def _strided(layers: int) -> list[Dim]:
    dims: list[Dim] = [t]
    for _ in range(layers):
        dims.append((dims[-1] - 3) // 2 + 1)
    return dims


def _valid(layers: int) -> list[Dim]:
    return [t - 2 * layer for layer in range(layers + 1)]


LEAST: list[tuple[list[Dim], dict[str, Bounds], dict[str, int] | None]] = [
    ([28, 28, 1], {}, {}),
    ([28, 0, 1], {}, None),
    ([t], {}, {"time": 1}),
    ([t], {"time": Bounds(min=5)}, {"time": 5}),
    ([t - 4], {"time": Bounds(multiple_of=8)}, {"time": 8}),
    ([t - 8], {"time": Bounds(multiple_of=8)}, {"time": 16}),
    ([t - 8], {"time": Bounds(max=8)}, None),
    ([5 - t], {"time": Bounds(min=5)}, None),
    ([t % 7 - 5], {}, {"time": 6}),
    ([t % 7 - 5, t % 5 - 3], {}, {"time": 34}),
    (_valid(5000), {}, {"time": 10_001}),
    (_strided(10), {}, {"time": 2**11 - 1}),
    (_strided(30), {}, None),
    ([t, h], {"width": Bounds(min=3)}, {"height": 1, "time": 1, "width": 3}),
    ([(h - 2) * (w - 3), h - 2, w - 3], {}, {"height": 3, "width": 4}),
    ([minimum(h, w) - 5], {}, {"height": 6, "width": 6}),
    ([w - h], {"height": Bounds(min=4)}, {"height": 4, "width": 5}),
    ([w - h, h - w], {}, None),
]


@pytest.mark.parametrize(("dims", "bounds", "sizes"), LEAST)
def test_the_least_legal_sizes_are_found(
    dims: list[Dim], bounds: dict[str, Bounds], sizes: dict[str, int] | None
) -> None:
    assert least_legal(dims, bounds) == sizes


def test_least_sizes_reach_as_far_as_the_limit() -> None:
    assert least_legal(_strided(30), {}, limit=2**31) == {"time": 2**31 - 1}


TESTED: list[tuple[list[Dim], dict[str, Bounds], list[dict[str, int]]]] = [
    ([t], {}, [{"time": 2}, {"time": 3}]),
    ([t - 6], {}, [{"time": 11}, {"time": 13}]),
    ([t], {"time": Bounds(min=8, multiple_of=8)}, [{"time": 16}, {"time": 24}]),
    ([t], {"time": Bounds(min=24, max=28)}, [{"time": 25}, {"time": 26}]),
    ([t], {"time": Bounds(min=5, max=6)}, [{"time": 6}]),
    ([t], {"time": Bounds(min=5, max=5)}, []),
    ([12 - t], {"time": Bounds(min=8)}, [{"time": 11}, {"time": 9}]),
    ([h - 4, w - 4], {}, [{"height": 5, "width": 7}, {"height": 7, "width": 11}]),
    ([3], {}, []),
]


@pytest.mark.parametrize(("dims", "bounds", "sizes"), TESTED)
def test_sizes_to_test_at_are_primes_where_bounds_hold_them(
    dims: list[Dim], bounds: dict[str, Bounds], sizes: list[dict[str, int]]
) -> None:
    assert legal_sizes(dims, bounds) == sizes


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"min": 0}, "both must be 1 or more"),
        ({"multiple_of": 0}, "both must be 1 or more"),
        ({"min": 5, "max": 4}, "no size is a multiple of 1 from 5 to 4"),
        ({"min": 9, "max": 15, "multiple_of": 8}, "no size is a multiple of 8 from 9"),
    ],
)
def test_bounds_without_a_legal_size_are_refused(
    values: dict[str, int], message: str
) -> None:
    with pytest.raises(DimError, match=message):
        Bounds(**values)


SEARCH = settings(deadline=None, max_examples=50)

BOUNDS = st.builds(
    Bounds,
    min=st.integers(1, 9),
    max=st.none() | st.integers(20, 60),
    multiple_of=st.integers(1, 5),
)


@SEARCH
@given(st.lists(samples("a"), min_size=1, max_size=3), BOUNDS)
def test_of_one_name_no_smaller_size_is_legal(
    dims: list[Sample], bound: Bounds
) -> None:
    limit = 200
    legal = [
        size
        for size in range(bound.least, (bound.max or limit) + 1, bound.multiple_of)
        if all(plain({"a": size}) >= 1 for _, plain in dims)
    ]
    found = least_legal([dim for dim, _ in dims], {"a": bound}, limit)
    assert found == ({"a": legal[0]} if legal else None)


@SEARCH
@given(st.lists(samples("a", "b"), max_size=3), BOUNDS, BOUNDS)
def test_sizes_of_several_names_are_legal(
    dims: list[Sample], a: Bounds, b: Bounds
) -> None:
    bounds = {"a": a, "b": b}
    wanted = [dim for dim, _ in dims]
    least = least_legal(wanted, bounds)
    tested = legal_sizes(wanted, bounds)
    for sizes in [*([least] if least else []), *tested]:
        assert all(evaluate(dim, sizes) >= 1 for dim in wanted)
        for name, bound in bounds.items():
            assert sizes[name] % bound.multiple_of == 0
            assert bound.min <= sizes[name] <= (bound.max or sizes[name])
    assert len({tuple(sizes.items()) for sizes in tested}) == len(tested)
