"""Dimensions compute as integers do, in one normal form, and read as Python."""

from __future__ import annotations

import itertools
import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specgraph.ops.dims import (
    Dim,
    DimError,
    Sym,
    ceil_div,
    check_size,
    evaluate,
    exact_div,
    fold,
    maximum,
    minimum,
    parse_dim,
    product,
    substitute,
    symbol,
    symbols,
    to_json,
)
from tests.unit.ops.dim_samples import Sample, samples

t, h, w = symbol("time"), symbol("height"), symbol("width")

WRITTEN: list[tuple[Dim, str]] = [
    (t, "time"),
    (t + 1 - 1, "time"),
    (t // 2 + 1, "time // 2 + 1"),
    (ceil_div(t, 2), "(time + 1) // 2"),
    (-(-t // 2), "(time + 1) // 2"),
    (minimum(512, t), "min(time, 512)"),
    (minimum(t + 3, 515), "min(time, 512) + 3"),
    (minimum(2 * t, 8), "2 * min(time, 4)"),
    (minimum(t, minimum(t + 1, h)), "min(height, time)"),
    (maximum(maximum(t, 4), 7), "max(time, 7)"),
    (minimum(-minimum(h, w), t), "min(time, -1 * min(height, width))"),
    (t * 12, "12 * time"),
    (5 - t, "5 - time"),
    (-t, "-1 * time"),
    ((4 * t + 3) // 2, "2 * time + 1"),
    (3 * t // 2, "3 * time // 2"),
    (6 * t // 4, "3 * time // 2"),
    ((6 * t + 5) // 4, "3 * time // 2 + 1"),
    (t // 2 * h, "height * (time // 2)"),
    (t // 2 // 3, "time // 6"),
    (((t + 1) // 2 + 1) // 2, "(time + 3) // 4"),
    (t % 2, "time - 2 * (time // 2)"),
    ((h - 2) * (w + 1), "height * width + height - 2 * width - 2"),
    (minimum(t // 2 * h, w) // 3, "min(height * (time // 2), width) // 3"),
]


@pytest.mark.parametrize(("dim", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_a_dimension_is_written_in_normal_form_and_read_back(
    dim: Dim, text: str
) -> None:
    assert str(dim) == text
    assert parse_dim(text) == dim
    assert to_json(dim) == text


CONSTANT: list[tuple[Dim, int]] = [
    (t - t, 0),
    (0 * t, 0),
    ((t + 5) - t, 5),
    ((4 * t + 3) // 4 - t, 0),
    (4 * t % 2, 0),
    ((t * 2) // t, 2),
    (0 // t, 0),
    ((t * t) % t, 0),
    (minimum(t, t + 1) - t, 0),
    (maximum(3, 7), 7),
    (product([]), 1),
    (product([2, 3]), 6),
]


@pytest.mark.parametrize(("dim", "value"), CONSTANT)
def test_a_constant_result_is_a_plain_int(dim: Dim, value: int) -> None:
    assert type(dim) is int
    assert dim == value
    assert to_json(dim) == value


QUOTIENTS: list[tuple[Dim, Dim, Dim | None]] = [
    (t * 12, 12, t),
    (t * 12, t, 12),
    (t * 12, 5, None),
    (12 * t + 1, 12, None),
    (12, 4, 3),
    (12, 5, None),
    (12, t, None),
    (0, t, 0),
    ((h - 2) * (w + 1) * 12, w + 1, 12 * h - 24),
    ((h // 2 + 1) * (w + 1) * 12, (h // 2 + 1) * 3, 4 * w + 4),
    (h * w + 1, w, None),
    (h * w, h * w * t, None),
]


@pytest.mark.parametrize(("dim", "divisor", "quotient"), QUOTIENTS)
def test_exact_division_finds_whole_quotients(
    dim: Dim, divisor: Dim, quotient: Dim | None
) -> None:
    assert exact_div(dim, divisor) == quotient


def _doubled(count: int) -> Dim:
    dim: Dim = t
    for _ in range(count):
        dim = dim + dim
    return dim


def _many(count: int) -> Dim:
    dim: Dim = 0
    for number in range(count):
        dim = dim + symbol(f"s{number}")
    return dim


REFUSED = [
    (lambda: t // 0, "division of a dimension by 0; it must be 1 or more"),
    (lambda: t // -2, "division of a dimension by -2; it must be 1 or more"),
    (lambda: t % 0, "division of a dimension by 0; it must be 1 or more"),
    (lambda: ceil_div(7, 0), "division of a dimension by 0; it must be 1 or more"),
    (lambda: exact_div(t, 0), "division of a dimension by 0; it must be 1 or more"),
    (lambda: t // h, "time is not known to be a multiple of height"),
    (lambda: 12 // t, "12 is not known to be a multiple of time"),
    (lambda: (t + 1) % h, "time + 1 is not known to be a multiple of height"),
    (lambda: minimum(), "min of no dimensions"),
    (lambda: _doubled(64), "a number of 64 bits in a symbolic dimension; the limit"),
    (lambda: _many(101), "a dimension of 101 parts; the limit is 100"),
    (lambda: check_size(2**31), "dimension 2147483648 is too large; the limit is 2^31"),
    (lambda: check_size(10**5000), "dimension of 16610 bits is too large"),
    (lambda: symbol("1x"), "'1x' cannot name a dimension"),
    (lambda: symbol("for"), "'for' cannot name a dimension"),
    (lambda: symbol("min"), "'min' cannot name a dimension"),
    (lambda: evaluate(t + h, {"time": 1}), "no size is given for height"),
]


@pytest.mark.parametrize(("form", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_what_cannot_be_formed_is_refused_with_its_limit(
    form: object, message: str
) -> None:
    assert callable(form)
    with pytest.raises(DimError) as refusal:
        form()
    assert str(refusal.value).startswith(message)


UNREADABLE = [
    "",
    "t**2",
    "t/2",
    "t.x",
    "f(t)",
    "1.5",
    "True",
    "t//0",
    "1//0",
    "min()",
    "min(*t)",
    "min(t, key=t)",
    "a if b else c",
    "for",
    "t\0",
    "t\n+1",
    "²",
    "9" * 5000,
    "(" * 9000,
    "-" * 19000 + "t",
    "t+" * 9000 + "t",
    "t" * 30000,
    "(a+b)*(c+d)*(e+f)*(g+h)*(i+j)*(k+l)",
]


@pytest.mark.parametrize("text", UNREADABLE, ids=lambda text: repr(text[:20]))
def test_text_that_is_no_dimension_is_refused(text: str) -> None:
    with pytest.raises(DimError):
        parse_dim(text)


def test_check_size_returns_what_is_below_the_limit() -> None:
    assert check_size(2**31 - 1) == 2**31 - 1
    assert check_size(t) is t


def test_equal_dimensions_are_one_key() -> None:
    assert len({ceil_div(t, 2), (t + 1) // 2, (2 * t + 2) // 4}) == 1
    assert len({t, t + 1, 2 * t, t // 2, minimum(t, 2), maximum(t, 2), h}) == 7


def test_names_stand_at_every_depth() -> None:
    assert symbols(minimum(t // 2, maximum(h, w * 3)) + 1) == {
        "time",
        "height",
        "width",
    }
    assert symbols(7) == frozenset()


def test_substitution_keeps_names_without_a_value() -> None:
    assert substitute(minimum(t // 2, h), {"time": 4 * w}) == minimum(2 * w, h)
    assert substitute(t + h, {"time": 3, "height": 4}) == 7


def test_thousands_of_layers_stay_one_term() -> None:
    dim: Dim = t
    for _ in range(10_000):
        dim = dim - 2
    assert str(dim) == "time - 20000"
    for _ in range(30):
        dim = (dim - 3) // 2 + 1
    assert isinstance(dim, Sym)
    assert dim.parts == 2


def test_floors_that_do_not_join_end_in_a_refusal() -> None:
    dim: Dim = t
    with pytest.raises(DimError, match="parts; the limit is 100"):
        for _ in range(10_000):
            dim = (3 * dim + 1) // 2


def test_the_deepest_dimension_is_written_read_and_evaluated() -> None:
    dim: Dim = t
    value = 5
    for _ in range(99):
        dim, value = (3 * dim + 1) // 2, (3 * value + 1) // 2
    assert evaluate(dim, {"time": 5}) == value
    assert substitute(dim, {"time": 5}) == value
    assert parse_dim(str(dim)) == dim


SEARCH = settings(deadline=None, max_examples=100)

SIZES = st.fixed_dictionaries({"a": st.integers(-9, 60), "b": st.integers(-9, 60)})


@SEARCH
@given(samples("a", "b"), SIZES)
def test_dimensions_compute_as_integers_do(
    sample: Sample, sizes: dict[str, int]
) -> None:
    dim, plain = sample
    assert evaluate(dim, sizes) == plain(sizes)
    assert substitute(dim, sizes) == plain(sizes)
    # The text is Python of the same meaning.
    namespace: dict[str, object] = {"min": min, "max": max}
    assert eval(str(dim), namespace, dict(sizes)) == plain(sizes)


@SEARCH
@given(samples("a", "b"))
def test_text_reads_back_as_the_same_dimension(sample: Sample) -> None:
    assert parse_dim(str(sample[0])) == sample[0]


@SEARCH
@given(samples("a", "b"))
def test_folding_with_the_operations_rebuilds_the_dimension(sample: Sample) -> None:

    rebuilt: Dim = fold(
        sample[0],
        symbol=lambda name: symbol(name),
        integer=lambda number: number,
        add=operator.add,
        sub=operator.sub,
        mul=operator.mul,
        floordiv=operator.floordiv,
        minimum=lambda dims: minimum(*dims),
        maximum=lambda dims: maximum(*dims),
    )
    assert rebuilt == sample[0]


@SEARCH
@given(st.lists(samples("a"), min_size=8, max_size=16))
def test_equal_normal_forms_have_equal_values(drawn: list[Sample]) -> None:
    columns: dict[Dim, list[int]] = {}
    for dim, plain in drawn:
        column = [plain({"a": size}) for size in range(-5, 40)]
        assert columns.setdefault(dim, column) == column


@SEARCH
@given(samples("a", "b"), samples("a", "b"))
def test_a_product_is_divided_by_its_factors(one: Sample, other: Sample) -> None:
    divisor = other[0] if isinstance(other[0], Sym) else abs(other[0]) + 1
    assert exact_div(one[0] * divisor, divisor) == one[0]


@SEARCH
@given(samples("a", "b"), samples("a", "b"), SIZES)
def test_an_exact_quotient_times_the_divisor_is_the_dimension(
    one: Sample, other: Sample, sizes: dict[str, int]
) -> None:
    divisor = other[0] if isinstance(other[0], Sym) else abs(other[0]) + 1
    quotient = exact_div(one[0], divisor)
    if quotient is not None:
        whole = evaluate(quotient, sizes) * evaluate(divisor, sizes)
        assert whole == one[1](sizes)


def test_operands_of_an_extremum_may_come_in_any_order() -> None:
    operands = [t // 2, h + 3, w * t, 7]
    found = {minimum(*order) for order in itertools.permutations(operands)}
    assert len(found) == 1
