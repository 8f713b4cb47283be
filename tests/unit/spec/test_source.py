"""Reading YAML: values, places, refusals and limits."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from specgraph.diagnostics import Location, Problems, SpecError
from specgraph.spec import counting, source
from specgraph.spec.nodes import Document
from specgraph.spec.source import Mapping, Scalar, Sequence, parse


def problem(text: str | bytes) -> tuple[str, int, int]:
    """Code, line and column of the only problem of a text."""
    with pytest.raises(SpecError) as caught:
        parse(text, "t.yaml")
    (found,) = caught.value.diagnostics
    assert found.at is not None
    return found.code, found.at.line, found.at.column


CORE_SCHEMA: list[tuple[str, object]] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("NULL", None),
    ("nULL", "nULL"),
    ("true", True),
    ("True", True),
    ("TRUE", True),
    ("false", False),
    ("False", False),
    ("FALSE", False),
    ("tRue", "tRue"),
    ("yes", "yes"),
    ("no", "no"),
    ("on", "on"),
    ("Off", "Off"),
    ("y", "y"),
    ("0", 0),
    ("-7", -7),
    ("+7", 7),
    ("010", 10),
    ("0o17", 15),
    ("0x1F", 31),
    ("0o8", "0o8"),
    ("0xG", "0xG"),
    ("0b1", "0b1"),
    ("1_000", "1_000"),
    ("1:30", "1:30"),
    ("9223372036854775807", 2**63 - 1),
    ("-9223372036854775807", -(2**63) + 1),
    ("1e-3", 0.001),
    ("1E5", 1e5),
    ("1.", 1.0),
    (".5", 0.5),
    ("-.5e+2", -50.0),
    ("1.5", 1.5),
    (".inf", float("inf")),
    ("-.INF", float("-inf")),
    ("+.Inf", float("inf")),
    (".", "."),
    ("+", "+"),
    ("1e", "1e"),
    ("nan", "nan"),
    ("inf", "inf"),
    ("2001-12-14", "2001-12-14"),
    ("=", "="),
    ("٣", "٣"),
    ("${n}", "${n}"),
    ("'1'", "1"),
    ('"null"', "null"),
    ('"\\u00e9\\n"', "é\n"),
    ("|\n  1\n", "1\n"),
    (">-\n  true\n  x", "true x"),
]


@pytest.mark.parametrize(("text", "value"), CORE_SCHEMA)
def test_a_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    found = parse(f"k: {text}", "t.yaml").root.plain()
    assert found == {"k": value}
    assert type(found["k"]) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number_is_a_float(text: str) -> None:
    value = parse(text, "t.yaml").root.plain()
    assert isinstance(value, float) and value != value


def test_a_document_becomes_plain_data() -> None:
    text = "a: [1, {b: x}]\nc:\n  - d: 2\n    e:\n  - []\n  - {}\n"
    plain = parse(text, "t.yaml").root.plain()
    assert plain == {"a": [1, {"b": "x"}], "c": [{"d": 2, "e": None}, [], {}]}
    assert list(plain) == ["a", "c"]


LINE_ENDS = {"\\n": "\n", "\\r\\n": "\r\n", "\\r": "\r"}


@pytest.mark.parametrize("end", LINE_ENDS.values(), ids=LINE_ENDS)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "bom"])
def test_every_node_and_key_knows_its_place(end: str, mark: str) -> None:
    lines = ["é😀: 'it''s'", "layers:", "  - dense: {units: 128}", '  - [a, "b"]']
    root = parse((mark + end.join(lines)).encode(), "t.yaml").root
    assert isinstance(root, Mapping)
    layers = root.items["layers"]
    assert isinstance(layers, Sequence)
    dense, pair = layers.items
    assert isinstance(dense, Mapping) and isinstance(pair, Sequence)
    options = dense.items["dense"]
    assert isinstance(options, Mapping)
    places = [
        (root, 1, 1, 2),
        (root.items["é😀"], 1, 5, 7),
        (root.keys["layers"], 2, 1, 6),
        (layers, 3, 3, 1),
        (dense, 3, 5, 5),
        (options, 3, 12, 1),
        (options.keys["units"], 3, 13, 5),
        (options.items["units"], 3, 20, 3),
        (pair, 4, 5, 1),
        (pair.items[1], 4, 9, 3),
    ]
    for node, line, column, width in places:
        assert node.at == Location("t.yaml", line, column)
        assert (node.line, node.column, node.width) == (line, column, width)
        assert node.excerpt == lines[line - 1]


def test_a_problem_at_a_node_takes_place_excerpt_and_width_from_it() -> None:
    root = parse("layers:\n  - conv: 3\n", "t.yaml").root
    assert isinstance(root, Mapping)
    layers = root.items["layers"]
    assert isinstance(layers, Sequence)
    problems = Problems()
    problems.add("unknown-op", "no op 'conv'", layers.items[0])
    (found,) = problems.sorted()
    assert found.render().splitlines() == [
        "t.yaml:2:5: error[unknown-op]: no op 'conv'",
        "    - conv: 3",
        "      ^^^^",
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a: 12${n}", 6),
        ("a: '12${n}'", 7),
        ('a: "12${n}"', 7),
        ('a: "\\x31\\x32${n}"', 4),
    ],
)
def test_a_part_of_a_scalar_has_a_place(text: str, column: int) -> None:
    root = parse(text, "t.yaml").root
    assert isinstance(root, Mapping)
    scalar = root.items["a"]
    assert isinstance(scalar, Scalar)
    assert scalar.part(scalar.text.index("$")).at.column == column


@given(st.lists(st.sampled_from(["", "a", "é" * 5, "b" * 3000, "c" * 9000])), st.data())
def test_lines_are_found_wherever_they_stand(lines: list[str], data: Any) -> None:
    document = Document("t.yaml", "\n".join(lines))
    for number, line in enumerate(lines, start=1):
        assert document.excerpt(number) == line
    assert document.excerpt(0) == document.excerpt(len(lines) + 2) == ""
    index = data.draw(st.integers(0, len(document.text)))
    before = document.text[:index]
    column = index - (before.rfind("\n") + 1) + 1
    expected = Location("t.yaml", before.count("\n") + 1, column)
    assert document.location(index) == expected


def test_an_alias_is_the_node_it_names() -> None:
    root = parse("a: &x [1, 2]\nb: *x\nc: *x\n", "t.yaml").root
    assert isinstance(root, Mapping)
    assert root.items["a"] is root.items["b"] is root.items["c"]
    assert root.plain() == {"a": [1, 2], "b": [1, 2], "c": [1, 2]}


def test_an_alias_names_the_latest_anchor() -> None:
    text = "[&x 1, *x, &x 2, *x, &y [&y 3], *y]"
    assert parse(text, "t.yaml").root.plain() == [1, 1, 2, 2, [3], 3]


def test_all_problems_but_syntax_are_told_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        parse("a: 1\na: 2\n<<: {}\nno: 1\n2: 3\ntrue: !x 4\n~: 5\n[}", "t.yaml")
    codes = [found.code for found in caught.value.diagnostics]
    assert codes == [
        "duplicate-key", "merge-key", "bad-key", "bad-key", "yaml-tag", "bad-key",
        "yaml-syntax",
    ]  # fmt: skip
    assert "the first is on line 1, column 1" in caught.value.diagnostics[0].message
    assert 'quote it: "2"' in caught.value.diagnostics[2].hint


def test_a_key_of_digits_is_a_string_when_quoted() -> None:
    assert parse("'1': x", "t.yaml").root.plain() == {"1": "x"}


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("a: {b: ${n}}", 8, '"${n}"'),
        ("a: {b: ${n // 2}, c: 1}", 8, '"${n // 2}"'),
        ("a: [1, ${n}]", 8, '"${n}"'),
        ("a: {${n}: 1}", 5, '"${n}"'),
        ("a: [x_${n}]", 7, '"${n}"'),
        ('a: {b: ${m == "x"}}', 8, "'${m == \"x\"}'"),
        ("a: ${m ? 1 : 2}", 4, '"${m ? 1 : 2}"'),
    ],
)
def test_an_expression_that_yaml_takes_apart_is_to_be_quoted(
    text: str, column: int, hint: str
) -> None:
    with pytest.raises(SpecError) as caught:
        parse(text, "t.yaml")
    (found,) = caught.value.diagnostics
    assert (found.code, found.at) == (
        "unquoted-expression",
        Location("t.yaml", 1, column),
    )
    assert found.hint == f"write {hint}"


SYNTAX: list[tuple[str, str, int, int]] = [
    ("a: 'x", "this quote is never closed", 1, 4),
    ('a:\n  - "x\n', "this quote is never closed", 2, 5),
    ("a: b: c", "': '", 1, 5),
    ("- a\nb: 1", "no list entry", 2, 1),
    ("a: [1, 2", "closing ']'", 1, 4),
    ("a: {b: 1\n", "closing '}'", 1, 4),
    ("a: @b", "'@' cannot begin a value", 1, 4),
    ("a: `b", "'`' cannot begin a value", 1, 4),
    ("a: %b", "'%' cannot begin a value", 1, 4),
    ("a: }", "a value is expected", 1, 4),
    ("a:\n  b: 1\n c: 2", "line up", 3, 2),
    ("a: 'b' c", "finished value", 1, 8),
    ('a: "\\q"', "escape", 1, 5),
]


@pytest.mark.parametrize(("text", "words", "line", "column"), SYNTAX)
def test_a_syntax_error_is_told_in_plain_words(
    text: str, words: str, line: int, column: int
) -> None:
    with pytest.raises(SpecError) as caught:
        parse(text, "t.yaml")
    (found,) = caught.value.diagnostics
    assert found.code == "yaml-syntax"
    assert words in found.message
    assert found.at == Location("t.yaml", line, column)


@pytest.mark.parametrize("text", ["\ta: 1", "a:\n\tb: 1", "a:\n  - b\n\t- c"])
def test_a_tab_in_the_indentation_is_named(text: str) -> None:
    assert problem(text)[0] == "tab-indentation"


@pytest.mark.parametrize(
    ("text", "value"),
    [("a:\t1\t# x", 1), ("a: |\n  x\n  \ty", "x\n\ty"), ("a: 'x\n\ty'", "x y")],
)
def test_a_tab_elsewhere_is_fine(text: str, value: object) -> None:
    root = parse(text, "t.yaml").root
    assert isinstance(root, Mapping)
    assert root.items["a"].plain() == value


LOADERS = [counting.LOADER, yaml.SafeLoader]


@pytest.mark.parametrize("loader", LOADERS, ids=["fast", "pure"])
def test_both_parsers_give_the_same_nodes(
    loader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "LOADER", loader)
    root = parse("é: &a [1, 'x']\nb:\n  c: *a\n  d: |\n    t\n", "t.yaml").root
    assert isinstance(root, Mapping)
    assert root.plain() == {"é": [1, "x"], "b": {"c": [1, "x"], "d": "t\n"}}
    assert str(root.keys["b"].at) == "t.yaml:2:1"
    for text, _, line, _ in SYNTAX:
        assert problem(text)[:2] == ("yaml-syntax", line)


PIECES = [
    *"{}[]:,-?&*!|>'\"%@`#~<= \n\t",
    "a",
    "b",
    "1",
    ": ",
    "- ",
    "<<",
    "${",
    "é",
    "\0",
]


def _attempt(text: str | bytes) -> None:
    """Nothing but a SpecError ever comes out, and it can be rendered."""
    try:
        parse(text, "t.yaml").root.plain()
    except SpecError as error:
        assert error.diagnostics
        assert str(error).isprintable() or "\n" in str(error)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_mixture_of_indicators_breaks_the_reader(text: str) -> None:
    _attempt(text)


@given(
    st.one_of(st.binary(max_size=80), st.text(st.characters(codec=None), max_size=80))
)
def test_no_bytes_and_no_text_break_the_reader(text: str | bytes) -> None:
    _attempt(text)
