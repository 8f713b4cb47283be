"""Reading YAML: what is bounded, and which files are opened at all."""

from __future__ import annotations

import contextlib
import gc
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from specgraph.diagnostics import SpecError
from specgraph.spec import source
from specgraph.spec.counting import LOADER, fewest_nodes, most_nodes
from specgraph.spec.source import parse


def problem(text: str | bytes) -> tuple[str, int, int]:
    """Code, line and column of the only problem of a text."""
    with pytest.raises(SpecError) as caught:
        parse(text, "t.yaml")
    (found,) = caught.value.diagnostics
    assert found.at is not None
    return found.code, found.at.line, found.at.column


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_depth_is_bounded() -> None:
    parse(nested(100), "t.yaml")
    assert problem(nested(101)) == ("too-deep", 1, 101)


def test_depth_counts_through_aliases() -> None:
    parse(f"[&a {nested(50)}, {'[' * 49}*a{']' * 49}]", "t.yaml")
    text = f"[&a {nested(50)},\n{'[' * 50}*a{']' * 50}]"
    assert problem(text) == ("too-deep", 2, 51)


def test_nodes_are_counted_with_aliases_expanded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source, "MAX_NODES", 12)
    parse("a: &x [1, 2, 3]\nb: *x\n", "t.yaml")
    assert problem("a: &x [1, 2, 3]\nb: *x\nc: 1\n") == ("too-many-nodes", 3, 4)


def test_too_many_nodes_are_refused_before_they_are_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source, "MAX_NODES", 1_000)
    monkeypatch.setattr(source, "_Composer", lambda *_: None)
    assert problem("- 1\n" * 1_000) == ("too-many-nodes", 1, 1)
    deep = "[" * 101 + "]" * 101
    assert problem("- 1\n" * 1_000 + f"- '{deep}'\n") == ("too-many-nodes", 1_000, 3)


@pytest.mark.parametrize("unit", ["1, ", "k: 1, ", "[1, 2], ", "{a: 1, b: 2}, "])
def test_nodes_are_told_without_events(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAX_NODES", 1_000)
    monkeypatch.setattr(yaml, "parse", None)
    for count in (1_000, 100_000):
        assert problem(f"[{unit * count}]") == ("too-many-nodes", 1, 1)


def test_a_spec_at_the_limit_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_NODES", 1_001)
    for unit, count in (("- 1\n", 1_000), ("- {a: [b]}\n", 250)):
        parse(unit * count, "t.yaml")
        assert problem(unit * (count + 1))[0] == "too-many-nodes"


INDICATORS = st.lists(st.sampled_from([*"{}[],:-?&*'\"| \n", "a", "b", ": ", "- "]))


@given(INDICATORS.map("".join))
def test_no_text_has_more_nodes_than_its_indicators_allow(text: str) -> None:
    events = yaml.parse(text, Loader=LOADER)
    count = 0
    with contextlib.suppress(yaml.YAMLError):
        for event in events:
            count += isinstance(event, yaml.NodeEvent)
    assert count <= most_nodes(text)


UNITS = st.sampled_from(
    [
        *"{}[],:-?&*'\"| \n!%#",
        *("a", ": ", "- ", "\n- ", "\n  ", "---", "...", "? ", "&a ", "!x ", "- a\n"),
        *("k: v\n", "[a,", "{a: b,", "[a: b],", "\n...\n"),
    ]
)
TEXTS = st.builds(
    lambda start, units, times, end: start + "".join(units) * times + end,
    st.sampled_from(["", "[", "{", "- ", "a:\n", "--- "]),
    st.lists(UNITS, max_size=6),
    st.sampled_from([1, 2, 40]),
    st.sampled_from(["", "]", "}"]),
)


@given(TEXTS)
def test_no_text_has_fewer_nodes_than_its_tokens_tell(text: str) -> None:
    try:
        events = list(yaml.parse(text, Loader=LOADER))
    except yaml.YAMLError:
        return
    count = sum(isinstance(event, yaml.NodeEvent) for event in events)
    assert fewest_nodes(text) <= count
    assert not count or fewest_nodes(text, len(events)) <= count


@pytest.mark.parametrize(
    "text",
    ["9223372036854775808", "-9223372036854775808", "9" * 10_000, "0." + "1" * 999],
)
def test_a_number_beyond_the_limit_is_no_number(text: str) -> None:
    assert problem(f"a: {text}") == ("number-too-large", 1, 4)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"a: 1\r\nb: \xc3\xa9\r\n")
    document = source.read(path)
    assert document.root.plain() == {"a": 1, "b": "é"}
    assert document.name == str(path)


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(SpecError, match="not-a-file"):
            source.read(path)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("none.yaml", "no-such-file"),
        ("a\0b", "unreadable-file"),
        ("x" * 999, "unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(name: str, code: str) -> None:
    with pytest.raises(SpecError, match=code):
        source.read(name)


def test_the_size_on_disk_is_checked_before_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "big.yaml"
    path.touch()
    os.truncate(path, 100 * 2**20)
    monkeypatch.setattr(Path, "open", None)
    with pytest.raises(SpecError, match=r"100\.0 MiB; the limit is 32 MiB"):
        source.read(path)


def test_reading_leaves_the_garbage_collector_as_it_was() -> None:
    for text in ("a: 1", "a: ["):
        with contextlib.suppress(SpecError):
            parse(text, "t.yaml")
        assert gc.isenabled()
