"""Traced numbers: they compute as numbers do, and know from what."""

from __future__ import annotations

import operator
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specgraph.traced import (
    LONGEST,
    Named,
    Operation,
    TracedFloat,
    evaluate,
    formula_of,
    graft,
    named,
    names,
    placed,
    size,
    substituted,
    terms_of,
    traced,
)

A, B = Named("a"), Named("b")


def given_as(value: int | float, name: str) -> int | float:
    return traced(value, Named(name))


@pytest.mark.parametrize(
    "compute",
    [operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod],
)
@given(a=st.integers(1, 99), b=st.integers(1, 99))
def test_arithmetic_gives_the_number_and_a_formula_that_gives_it(
    compute: Callable[[int, int], int], a: int, b: int
) -> None:
    for left, right in (
        (given_as(a, "a"), given_as(b, "b")),
        (given_as(a, "a"), b),
        (a, given_as(b, "b")),
    ):
        found = compute(left, right)  # type: ignore[arg-type]
        assert found == compute(a, b)
        assert evaluate(formula_of(found), {"a": a, "b": b}) == found


def test_what_changes_nothing_is_not_in_the_formula() -> None:
    a = given_as(6, "a")
    for found in (a * 1, 1 * a, a // 1, a + 0, 0 + a, a - 0):
        assert formula_of(found) == A


def test_constants_that_meet_are_one() -> None:
    a = given_as(6, "a")
    for found in (a - 1 + 1, 2 * a // 2, a * 3 // 3):
        assert formula_of(found) == A
    assert formula_of(a - 1 + 1 - 1) == Operation("-", (A, 1))
    assert formula_of(a + 2 - 5 + 1) == Operation("-", (A, 2))
    assert formula_of(6 * a // 2) == Operation("*", (3, A))
    assert formula_of(a - 1 - (a - 1) // 2) == Operation("//", (A, 2))


def test_what_is_not_exact_stays_as_it_was_computed() -> None:
    a = given_as(7, "a")
    half = a * 0.1 + 0.2 - 0.2
    assert evaluate(formula_of(half), {"a": 7}) == half
    assert formula_of(3 * a // 2) == Operation("//", (Operation("*", (3, A)), 2))


@given(
    a=st.integers(-9, 9),
    steps=st.lists(
        st.tuples(
            st.sampled_from([operator.add, operator.sub, operator.mul]),
            st.integers(-4, 4),
        ),
        max_size=6,
    ),
    by=st.integers(1, 6),
)
def test_a_shorter_formula_gives_the_same_number(
    a: int, steps: list[tuple[Callable[[int, int], int], int]], by: int
) -> None:
    found, plain = given_as(a, "a"), a
    for compute, number in steps:
        found, plain = compute(found, number), compute(plain, number)  # type: ignore[arg-type]
    for one, expected in (
        (found // by, plain // by),
        (found - found // 2, plain - plain // 2),
    ):
        assert one == expected
        assert evaluate(formula_of(one), {"a": a}) == expected


def test_an_integer_divided_is_a_float_and_a_bool_is_no_operand() -> None:
    half = given_as(3, "a") / 2
    assert isinstance(half, TracedFloat)
    assert formula_of(half) == Operation("/", (A, 2))
    assert formula_of(given_as(3, "a") + True) == 4


def test_no_formula_is_longer_than_anybody_would_read() -> None:
    found: int | float = given_as(1, "a")
    for _ in range(99):
        found = found + given_as(1, "b")
        assert size(formula_of(found)) <= LONGEST
    assert found == 100
    assert evaluate(formula_of(found), {"a": 1, "b": 1}) == 100


def test_names_are_substituted_or_the_formula_is_given_up() -> None:
    formula = Operation("*", (4, A))
    assert substituted(formula, {"a": B}) == Operation("*", (4, B))
    assert substituted(formula, {"a": 8}) == 32
    assert substituted(formula, {"b": A}) is None
    assert names(Operation("+", (A, Operation("*", (B, A))))) == ["a", "b"]


def test_a_validated_value_keeps_the_traces_of_what_it_was_made_from() -> None:
    k = given_as(3, "k")
    found = graft(((3, 3), (3, 3)), k)
    assert formula_of(found[1][0]) == Named("k")  # type: ignore[index]
    pair = graft((3, 5), [k, 5])
    assert [formula_of(one) for one in pair] == [Named("k"), 5]  # type: ignore[attr-defined]
    assert formula_of(graft(3.0, k)) == Named("k")  # type: ignore[arg-type]
    assert graft("same", k) == "same"


def test_only_numbers_are_traced_to_their_names() -> None:
    found = named({"a": 2, "word": "x", "on": True, "sizes": [1, 2]})
    assert formula_of(found.pop("a")) == A  # type: ignore[arg-type]
    assert found == {"word": "x", "on": True, "sizes": [1, 2]}
    assert type(found["on"]) is bool


def test_numbers_in_a_list_know_their_place_in_it() -> None:
    (sizes,) = named({"sizes": [[3, 4], 5]}).values()
    assert isinstance(sizes, list)
    formula = formula_of(2 * sizes[0][1])
    assert evaluate(formula, {"sizes": ((3, 7), 5)}) == 14
    assert names(formula) == ["sizes"]


def test_a_place_in_a_list_is_substituted_by_what_stands_there() -> None:
    formula = formula_of(placed([3, 4], A)[1] + 1)  # type: ignore[index]
    width = given_as(4, "width")
    terms = terms_of((9, 2 * width))
    assert terms is not None
    found = substituted(formula, {"a": terms})
    assert found is not None and evaluate(found, {"width": 4}) == 9
    assert substituted(formula, {"a": 3}) is None
