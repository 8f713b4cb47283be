"""Specs in tests, with a `§` before every place at which a problem is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from specgraph.diagnostics import SpecError
from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, loads

HEAD = "specgraph: 1\nname: m\n"
MARK = "§"


def graph_of(body: str, set: Mapping[str, object] | None = None) -> Graph:
    """The graph of a spec without its first two lines."""
    return compile_spec(loads(HEAD + body, "m.yaml", set))


def check_problems(
    text: str,
    expected: Sequence[tuple[str, str]],
    set: Mapping[str, object] | None = None,
) -> None:
    """Holds a whole spec to the code and a part of the text of each of its problems.

    They come in the order of their places, which `§` marks in the spec.
    """
    places = []
    for line, content in enumerate(text.split("\n"), 1):
        for number, part in enumerate(content.split(MARK)[:-1]):
            before = "".join(content.split(MARK)[:number])
            places.append((line, len(before) + len(part) + 1))
    with pytest.raises(SpecError) as caught:
        compile_spec(loads(text.replace(MARK, ""), "m.yaml", set))
    found = caught.value.diagnostics
    said = "\n".join(problem.render() for problem in found)
    at = [(p.at.line, p.at.column) if p.at else None for p in found]
    assert at == (places or [None] * len(expected)), said
    assert [problem.code for problem in found] == [code for code, _ in expected], said
    for problem, (_, fragment) in zip(found, expected, strict=True):
        assert fragment in f"{problem.message}; {problem.hint}", said
