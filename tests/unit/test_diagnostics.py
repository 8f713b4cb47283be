"""Diagnostics: what people and tools are told."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specgraph.diagnostics import (
    MAX_COLUMNS,
    MAX_PRINTED,
    MAX_PROBLEMS,
    Diagnostic,
    Location,
    Problems,
    SpecError,
    closest,
    visible,
)

AT = Location("model.yaml", 3, 5)


def test_a_diagnostic_shows_place_caret_hint_and_uses() -> None:
    found = Diagnostic(
        "unknown-op",
        "no op 'Conv2D'",
        AT,
        "did you mean 'conv2d'?",
        "  - Conv2D: 3",
        6,
        (("basic_block", Location("model.yaml", 9, 1)),),
    )
    assert found.render().splitlines() == [
        "model.yaml:3:5: error[unknown-op]: no op 'Conv2D'",
        "    - Conv2D: 3",
        "      ^^^^^^",
        "  hint: did you mean 'conv2d'?",
        "  used by basic_block at model.yaml:9:1",
    ]


def test_a_diagnostic_without_a_place_is_one_line() -> None:
    assert Diagnostic("no-such-file", "gone").render() == "error[no-such-file]: gone"


def test_color_changes_nothing_but_escapes() -> None:
    found = Diagnostic("c", "m", AT, "h", "  - Conv2D: 3", 6)
    colored = found.render(color=True)
    assert "\x1b[31;1m^^^^^^\x1b[0m" in colored
    for code in ("\x1b[31;1m", "\x1b[34;1m", "\x1b[1m", "\x1b[0m"):
        colored = colored.replace(code, "")
    assert colored == found.render()


HOSTILE = "a\x1b[2J\x07\u202e\u2066\u200b\ud800\u3164\rb"


def test_nothing_in_a_spec_steers_the_terminal() -> None:
    at = Location(HOSTILE, 1, 1)
    uses = ((HOSTILE, at),)
    found = Diagnostic("c", HOSTILE, at, HOSTILE, HOSTILE, chain=uses)
    text = found.render()
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "\\x1b[2J\\x07\\u202e\\u2066\\u200b\\ud800\\u3164" in text
    json.dumps(found.to_json())


def test_the_caret_stands_below_the_character_after_wide_and_escaped_ones() -> None:
    lines = Diagnostic("c", "m", Location("f", 1, 4), "", "日\x1b:x", 1).render()
    source, caret = lines.splitlines()[1:]
    assert source == "  日\\x1b:x"
    assert caret == "  " + " " * (2 + 4 + 1) + "^"


@given(
    st.text(max_size=400),
    st.integers(1, 500),
    st.integers(0, 500),
)
def test_an_excerpt_is_narrow_and_keeps_its_caret(
    line: str, column: int, width: int
) -> None:
    found = Diagnostic("c", "m", Location("f", 1, column), "", line, width)
    rendered = found.render().split("\n")[1:]
    if not line:
        assert rendered == []
        return
    source, caret = rendered
    assert _columns(source) <= MAX_COLUMNS + 2
    assert "^" in caret
    assert len(caret) <= MAX_COLUMNS + 3


def _columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def test_a_long_line_is_shown_around_the_caret() -> None:
    line = "x" * 5_000 + "HERE" + "y" * 5_000
    found = Diagnostic("c", "m", Location("f", 1, 5_001), "", line, 4)
    source, caret = found.render().splitlines()[1:]
    assert source.startswith("  …x") and source.endswith("y…")
    assert source[caret.index("^") : caret.rindex("^") + 1] == "HERE"
    assert found.to_json()["excerpt"] == source.strip()


def test_a_message_that_quotes_a_megabyte_is_cut_in_its_middle() -> None:
    problem = Diagnostic("unknown-op", f"unknown op '{'x' * 1_000_000}'")
    for told in (problem.render(), problem.to_json()["message"]):
        assert len(told) < 1_100
        assert "unknown op 'xxx" in told
        assert told.endswith("xxx'")


def test_json_has_the_places_as_numbers() -> None:
    found = Diagnostic("c", "m", AT, "h", "line", 2, (("block", AT),))
    assert found.to_json() == {
        "code": "c",
        "message": "m",
        "file": "model.yaml",
        "line": 3,
        "column": 5,
        "width": 2,
        "hint": "h",
        "excerpt": "line",
        "chain": [{"use": "block", "file": "model.yaml", "line": 3, "column": 5}],
    }


def test_problems_come_in_the_order_of_the_file_and_once() -> None:
    problems = Problems()
    problems.add("c", "nowhere")
    problems.add("c", "late", Location("f", 10, 1))
    problems.add("c", "early", Location("f", 2, 7))
    problems.add("c", "early", Location("f", 2, 7), hint="said again")
    with pytest.raises(SpecError) as caught:
        problems.raise_if_any()
    told = [found.message for found in caught.value.diagnostics]
    assert told == ["early", "late", "nowhere"]


def test_no_problems_raise_nothing() -> None:
    problems = Problems()
    problems.raise_if_any()
    assert not problems


def test_fail_raises_what_was_found_before_as_well() -> None:
    problems = Problems()
    problems.add("first", "m", Location("f", 1, 1))
    with pytest.raises(SpecError) as caught:
        problems.fail("last", "m", Location("f", 2, 1))
    assert [found.code for found in caught.value.diagnostics] == ["first", "last"]


def test_a_flood_of_problems_ends() -> None:
    problems = Problems()
    with pytest.raises(SpecError) as caught:
        for line in range(10 * MAX_PROBLEMS):
            problems.add("c", "m", Location("f", line, 1))
    codes = [found.code for found in caught.value.diagnostics]
    assert codes == ["c"] * MAX_PROBLEMS + ["too-many-problems"]


def test_the_text_of_an_error_says_how_many_it_leaves_out() -> None:
    error = SpecError(*[Diagnostic("c", str(n)) for n in range(MAX_PRINTED + 3)])
    assert str(error).splitlines()[-1] == "... and 3 more"


KNOWN = ["conv1d", "conv2d", "max_pool2d", "dense", "kernel_size", "filters", "concat"]
ALIASES = {
    "linear": "dense",
    "out_channels": "filters",
    "cat": "concat",
    "gone": "unknown_here",
    "conv1d": "conv2d",
}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Conv2D", "conv2d"),
        ("conv2D", "conv2d"),
        ("maxpool2d", "max_pool2d"),
        ("MaxPool2d", "max_pool2d"),
        ("max-pool-2d", "max_pool2d"),
        ("kernal_size", "kernel_size"),
        ("kernelSize", "kernel_size"),
        ("linear", "dense"),
        ("Linear", "dense"),
        ("out_channels", "filters"),
        ("outChanels", "filters"),
        ("cat", "concat"),
        ("gone", None),
        ("", None),
        ("zebra", None),
        ("d" * 10_000, None),
    ],
)
def test_the_likely_name_is_found(word: str, meant: str | None) -> None:
    assert closest(word, KNOWN, ALIASES) == meant


def test_an_alias_goes_before_a_known_name() -> None:
    assert closest("Conv1d", KNOWN, ALIASES) == "conv2d"


def test_nothing_is_like_anything_among_no_names() -> None:
    assert closest("conv2d", []) is None


@given(st.text())
def test_visible_text_is_printable_and_plain_text_stays(text: str) -> None:
    assert visible(text).isprintable()
    if text.isascii() and text.isprintable():
        assert visible(text) == text
