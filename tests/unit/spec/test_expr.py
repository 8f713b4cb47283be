"""Expressions: what they compute, what they refuse, and where they point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specgraph.spec.expr import ExprError, evaluate, interpolate


@dataclass(frozen=True)
class Value:
    """A value of a model with known sizes."""

    shape: tuple[object, ...]

    @property
    def rank(self) -> int:
        return len(self.shape) + 1

    @property
    def channels(self) -> object:
        if self.shape[-1] == "time":
            raise ValueError("the channels are the symbolic size time")
        return self.shape[-1]


@dataclass(frozen=True)
class Traced:
    """A number that remembers how it was computed."""

    value: int
    text: str

    def __mul__(self, other: int) -> Traced:
        return Traced(self.value * other, f"{self.text} * {other}")

    def __rfloordiv__(self, other: int) -> Traced:
        return Traced(other // self.value, f"{other} // {self.text}")

    def __lt__(self, other: int) -> bool:
        return self.value < other

    def __bool__(self) -> bool:
        raise TypeError("its truth is not known")


NAMES: dict[str, object] = {
    "filters": 64,
    "n": 3,
    "rate": 0.5,
    "bias": True,
    "mode": "same",
    "widths": [64, 128],
    "pair": (1, 2),
    "empty": [],
    "huge": 2**63,
    "nan": math.nan,
    "long": "x" * 10_000,
    "input": Value((28, 26, 7)),
    "tokens": Value((5, "time")),
    "width": Traced(8, "width"),
}

VALUES: list[tuple[str, object]] = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("7 / 2", 3.5),
    ("6 / 2", 3.0),
    ("7 // 2", 3),
    ("-7 // 2", -4),
    ("-7 % 3", 2),
    ("2 ** 10", 1024),
    ("2 ** -1", 0.5),
    ("2 ** 62", 2**62),
    ("(-1) ** 999999999999", -1),
    ("-n", -3),
    ("+n", 3),
    ("0x1F", 31),
    ("1e-3", 0.001),
    ("'a' + \"b\"", "ab"),
    ("'ab' * 2", "abab"),
    ("2 * [0, 1]", [0, 1, 0, 1]),
    ("[1, 'x', [2.5, true]]", [1, "x", [2.5, True]]),
    ("[1] + [2]", [1, 2]),
    ("'é' + mode", "ésame"),
    ("True", True),
    ("false", False),
    ("1 < n <= 3", True),
    ("3 < n < 1 / 0", False),
    ("n == 3 and mode != 'valid'", True),
    ("n in [1, 3]", True),
    ("'z' not in mode", True),
    ("not bias", False),
    ("bias and n", 3),
    ("empty or 5", 5),
    ("bias or 1 / 0", True),
    ("1 if bias else 1 / 0", 1),
    ("1 / 0 if not bias else 2", 2),
    ("widths[0]", 64),
    ("widths[-1]", 128),
    ("pair[1]", 2),
    ("mode[0]", "s"),
    ("widths[:1]", [64]),
    ("widths[::-1]", [128, 64]),
    ("widths[n - 3]", 64),
    ("min(3, 2)", 2),
    ("max(widths)", 128),
    ("sum(widths)", 192),
    ("sum([])", 0),
    ("len(widths) + len(mode)", 6),
    ("ceil(7 / 2)", 4),
    ("floor(-0.5)", -1),
    ("round(2.5)", 2),
    ("round(1.234, 2)", 1.23),
    ("input.channels != filters", True),
    ("input.rank", 4),
    ("input.shape[1]", 28),
    ("input.shape[-1]", 7),
    ("input.shape[n - 1]", 26),
    ("tokens.shape[1]", 5),
    ("  filters\n  // 2", 32),
    ("width * 2", Traced(16, "width * 2")),
    ("65 // width", Traced(8, "65 // width")),
    ("width < 9", True),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_an_expression_has_its_value_and_type(text: str, value: object) -> None:
    found = evaluate(text, NAMES)
    assert found == value
    assert type(found) is type(value)


# What is asked, where the error points, and words of its message or hint.
# Without a place where Python's own parser chooses it.
REFUSALS: list[tuple[str, int | None, str]] = [
    ("", 0, "empty"),
    ("1 +", None, "not an expression"),
    ("filter", 0, "did you mean 'filters'?"),
    ("n + Widths", 4, "did you mean 'widths'?"),
    ("1 if bias else typo", 15, "unknown name 'typo'"),
    ("min", 0, "min is a function"),
    ("9 ** 9 ** 9", 0, "2^63"),
    ("2 ** 63", 0, "2^63"),
    ("0 - 2 ** 62 - 2 ** 62", 0, "2^63"),
    ("10 ** 10 ** 10", 0, "2^63"),
    ("1 + huge", 4, "2^63"),
    ("nan", 0, "not finite"),
    ("1e999", 0, "not finite"),
    ("1e308 * 10", 0, "not finite"),
    ("2.0 ** 99999", 0, "too large"),
    ("(-8) ** 0.5", 0, "not real"),
    ("1 / 0", 0, "division by zero"),
    ("n + (1 % 0)", 5, "division by zero"),
    ("0 ** -1", 0, "division by zero"),
    ("'a' * 10001", 0, "10,000"),
    ("long + 'x'", 0, "10,000"),
    ("[0] * 99999999999", 0, "10,000"),
    ("[[0] * 100] * 100", 0, "10,000"),
    ("'%99999999999d' % 1", 0, "string"),
    ("'a' + 1", 0, "string"),
    ("[1] * 1.5", 0, "integer times"),
    ("True + 1", 0, "boolean"),
    ("-bias", 0, "boolean"),
    ("sum([1, True])", 0, "boolean"),
    ("sum([[1], [2]])", 0, "list"),
    ("sum(1, 2)", 0, "sum takes a list"),
    ("1 < 'a'", 0, "'<' not supported"),
    ("widths[2]", 0, "index 2 of 2 entries"),
    ("widths[True]", 0, "an index is an integer"),
    ("widths['a']", 0, "an index is an integer"),
    ("n[0]", 0, "list or a string"),
    ("min([])", 0, "min of nothing"),
    ("len(3)", 0, "len takes"),
    ("len()", 0, "len takes"),
    ("ceil()", 0, "ceil takes one number"),
    ("ceil('a')", 0, "string"),
    ("round(1, 2, 3)", 0, "round takes"),
    ("round(5, -99999999999)", 0, "at most 20 digits"),
    ("1 in 2", 0, "looks into"),
    ("width and 1", 0, "its truth is not known"),
    ("input", 0, "input.channels"),
    ("input.shape[0]", 0, "the batch"),
    ("input.shape[4]", 0, "axes are 1 to 3"),
    ("input.shape[0.5]", 0, "an axis is an integer"),
    ("input.shape", 0, "one axis at a time"),
    ("input.shape[1:2]", 0, "one axis at a time"),
    ("input.chanels", 0, "did you mean input.channels?"),
    ("input.channels[0]", 0, "list or a string"),
    ("tokens.channels", 0, "symbolic size time"),
    ("missing.channels", 0, "unknown name 'missing'"),
    ("n.channels", 0, "no value of the model"),
    ("n.real", 0, "no attribute 'real'"),
    ("input.__class__", 0, "no attribute"),
    ("().__class__.__mro__", 0, "an attribute"),
    ("''.join", 0, "an attribute"),
    ("open('x')", 0, "unknown function 'open'"),
    ("__import__('os')", 0, "unknown function"),
    ("flor(1.5)", 0, "did you mean floor?"),
    ("widths.append(1)", 0, "a call of anything but"),
    ("(min)(1, 2)(3)", 0, "a call of anything but"),
    ("min(widths, key=len)", 0, "keyword argument"),
    ("min(*widths)", 4, "starred"),
    ("lambda: 1", 0, "a lambda"),
    ("[x for x in widths]", 0, "a comprehension"),
    ("sum(x for x in widths)", 3, "a comprehension"),
    ("f'{n}'", 0, "an f-string"),
    ("(m := 1)", 1, "an assignment"),
    ("(1, 2)", 0, "a tuple"),
    ("{1}", 0, "a set"),
    ("{1: 2}", 0, "a mapping"),
    ("n is n", 0, "'is'"),
    ("n << 40", 0, "'<<'"),
    ("~n", 0, "'~'"),
    ("n @ n", 0, "'@'"),
    ("None", 0, "None"),
    ("...", 0, "'...'"),
    ("b'x'", 0, "b'x'"),
    ("1j", 0, "1j"),
    ("await n", 0, "await"),
    ("n; n", None, "not an expression"),
    ("n = 3", None, "not an expression"),
    ("n # why", 2, "'#'"),
    ("n \\\n+ 1", 2, "cannot stand"),
    ("ﬁlters", 0, "plain ASCII"),
    ("n + ｎ", 4, "plain ASCII"),
    ("'''\"''' + ﬁ + '\"'", 10, "plain ASCII"),
    ("n\x00", 1, "cannot stand"),
    ("'\x00'", None, "null"),
    ("x" * 2_001, 0, "the limit is 2,000"),
    ("(" * 100_000, 0, "the limit is 2,000"),
    ("(" * 1_999, None, "nested"),
    ("[" * 51 + "]" * 51, 0, "50 deep"),
    ("-" * 1_900 + "1", 0, "50 deep"),
    ("not " * 400 + "n", 0, "50 deep"),
    ("9" * 1_999, 0, "2^63"),
]


@pytest.mark.parametrize(("text", "offset", "words"), REFUSALS)
def test_an_expression_is_refused_where_it_is_wrong(
    text: str, offset: int | None, words: str
) -> None:
    with pytest.raises(ExprError) as caught:
        evaluate(text, NAMES)
    assert words in f"{caught.value.message} {caught.value.hint}"
    assert offset is None or caught.value.offset == offset


@pytest.mark.parametrize("levels", [1, 49])
def test_nesting_up_to_the_limit_is_fine(levels: int) -> None:
    assert evaluate("-" * levels + "1", {}) == (-1) ** levels


def test_a_name_of_the_spec_hides_a_word_of_the_language() -> None:
    assert evaluate("true", {"true": 5}) == 5


INTERPOLATED: list[tuple[str, object]] = [
    ("plain", "plain"),
    ("", ""),
    ("$", "$"),
    ("costs $ {5}", "costs $ {5}"),
    ("${n}", 3),
    ("${ widths }", [64, 128]),
    ("${bias}", True),
    ("${n / 2}", 1.5),
    ("conv_${n}", "conv_3"),
    ("${n}${n}", "33"),
    ("${mode}-${rate}-${bias}", "same-0.5-true"),
    ("$${n}", "${n}"),
    ("a$${n}b${n}", "a${n}b3"),
    ("$$${n}", "$${n}"),
    ("${'}'}", "}"),
    ("${'{' + mode + '}'}", "{same}"),
    ('${"\'}"}', "'}"),
    ("${'\\'}'}", "'}"),
    (" ${n}", " 3"),
]


@pytest.mark.parametrize(("text", "value"), INTERPOLATED)
def test_text_is_filled_in(text: str, value: object) -> None:
    found = interpolate(text, NAMES)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("${n", 0, "'}' is missing"),
        ("a ${n + {1}", 2, "'}' is missing"),
        ("${'n}", 0, "' is never closed"),
        ("${}", 2, "empty"),
        ("layer ${ n + q }", 13, "unknown name 'q'"),
        ("x ${widths}", 2, "a list cannot stand inside text"),
        ("${{n}}", 2, "a set"),
        ("${${n}}", 2, "not an expression"),
    ],
)
def test_text_that_cannot_be_filled_in_is_refused(
    text: str, offset: int, words: str
) -> None:
    with pytest.raises(ExprError, match=words) as caught:
        interpolate(text, NAMES)
    assert caught.value.offset == offset


def _attempt(function: Any, text: str) -> None:
    """Nothing but an ExprError, pointing into the text, ever comes out."""
    try:
        function(text, NAMES)
    except ExprError as error:
        assert 0 <= error.offset <= len(text)
        assert error.message


WORDS = [
    *NAMES, *"()[]{}+-*/%<>=!,.:'\"#\\$ \n\t\0é", "**", "//", "==", " and ", " or ",
    " not ", " if ", " else ", " in ", " is ", "lambda ", " for ", "min", "sum", "len",
    "round", "9", "0.5", "1e300", "True", ".shape", ".channels", ".rank", "f'", ":=",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_no_mixture_of_words_escapes_the_grammar(text: str) -> None:
    _attempt(evaluate, text)
    _attempt(interpolate, f"${{{text}}}")


@given(st.text(st.characters(codec=None), max_size=60))
def test_no_text_escapes_the_grammar(text: str) -> None:
    _attempt(evaluate, text)
    _attempt(interpolate, text)
