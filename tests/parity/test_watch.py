"""Values are seen by the place of their call, whatever makes them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from specgraph.parity.watch import ProfileWatch, Span
from specgraph.parity.worker import import_file

SOURCE = """\
def helper(x):
    y = double(x)
    return [y + 1, (y + 2, y + 3)]


def double(x):
    return x * 2


def model(x):
    a, (b, c) = helper(x)
    d = double(
        a
    )
    for step in range(3):
        d = double(d)
    return b
"""


def calls(text: str) -> list[Span]:
    """The spans of a text's calls of `helper` and `double` inside `model`."""
    body = ast.parse(text).body[-1]
    found = [
        node
        for node in ast.walk(body)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id != "range"
    ]
    found.sort(key=lambda node: node.lineno)
    return [
        (n.lineno, n.end_lineno or 0, n.col_offset, n.end_col_offset or 0)
        for n in found
    ]


def watched(path: Path, taps: list[tuple[Span, int | None]]) -> dict[int, Any]:
    """What a watch finds in a run of the model on 10."""
    path.write_text(SOURCE)
    watch = ProfileWatch(str(path), [(*tap, 0) for tap in taps])
    model = import_file(str(path)).model
    with watch.recording():
        model(10)
    model(1000)  # is not recorded
    return watch.found


def test_a_call_gives_its_result(tmp_path: Path) -> None:
    first, second, _ = calls(SOURCE)
    found = watched(tmp_path / "model.py", [(first, None), (second, None)])
    assert found == {0: [21, (22, 23)], 1: 42}


@pytest.mark.parametrize(("part", "value"), [(0, 21), (1, 22), (2, 23)])
def test_a_part_counts_through_nested_tuples(
    tmp_path: Path, part: int, value: int
) -> None:
    assert watched(tmp_path / "model.py", [(calls(SOURCE)[0], part)]) == {0: value}


def test_the_last_result_counts(tmp_path: Path) -> None:
    assert watched(tmp_path / "model.py", [(calls(SOURCE)[2], None)]) == {0: 336}


def test_a_place_that_is_never_reached_gives_nothing(tmp_path: Path) -> None:
    assert watched(tmp_path / "model.py", [((99, 99, 0, 5), None)]) == {}


def test_here_is_the_call_that_runs(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("def model(f):\n    return f() + f()\n")
    taps: list[tuple[Span, int | None, int]] = [
        ((2, 2, 11, 14), None, 0),
        ((2, 2, 17, 20), None, 0),
    ]
    watch = ProfileWatch(str(path), taps)
    seen = []

    def ask() -> int:
        seen.append(watch.here())
        return 0

    import_file(str(path)).model(ask)
    assert seen == [0, 1]
    assert watch.here() is None


def test_each_turn_of_a_call_is_a_tap_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("def model(f):\n    return [f() for _ in range(3)]\n")
    span = (2, 2, 12, 15)
    watch = ProfileWatch(str(path), [(span, None, turn) for turn in range(3)])
    seen: list[int | None] = []

    def ask() -> int:
        seen.append(watch.here())
        return len(seen)

    with watch.recording():
        import_file(str(path)).model(ask)
    assert watch.found == {0: 1, 1: 2, 2: 3}
    assert seen == [0, 1, 2]


def test_what_returns_twice_in_each_turn_counts_the_last_time(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("def model(f, xs):\n    return [sorted(xs, key=f) for _ in xs]\n")
    span = (2, 2, 12, 29)
    watch = ProfileWatch(str(path), [(span, None, turn) for turn in range(2)])
    given = iter([5, 6, 7, 8])
    with watch.recording():
        import_file(str(path)).model(lambda _: next(given), [0, 0])
    assert watch.found == {0: 6, 1: 8}


CHAIN = """\
class Number:
    def __init__(self, value):
        self.value = value

    def plus(self, value):
        return Number(self.value + value)


def model(x):
    y = (
        Number(x)
        .plus(1)
        .plus(
            2
        )
    )
    return Number(0).plus(
        y.value
    ).plus(3)
"""


def test_calls_of_a_chain_over_several_lines_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(CHAIN)
    spans = [
        (node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0)
        for node in ast.walk(ast.parse(CHAIN).body[-1])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    watch = ProfileWatch(str(path), [(span, None, 0) for span in spans])
    model = import_file(str(path)).model
    with watch.recording():
        model(10)
    assert sorted(found.value for found in watch.found.values()) == [11, 13, 13, 16]
