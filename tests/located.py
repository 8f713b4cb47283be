"""Specs in tests, with a `§` before every place at which a problem is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from specgraph.diagnostics import SpecError
from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, loads
from specgraph.ops.base import TensorType

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
    places: list[tuple[int, int] | None] = []
    for line, content in enumerate(text.split("\n"), 1):
        for number, part in enumerate(content.split(MARK)[:-1]):
            before = "".join(content.split(MARK)[:number])
            places.append((line, len(before) + len(part) + 1))
    with pytest.raises(SpecError) as caught:
        compile_spec(loads(text.replace(MARK, ""), "m.yaml", set))
    found = caught.value.diagnostics
    nowhere: list[tuple[int, int] | None] = [None] * len(expected)
    said = "\n".join(problem.render() for problem in found)
    at = [(p.at.line, p.at.column) if p.at else None for p in found]
    assert at == (places or nowhere), said
    assert [problem.code for problem in found] == [code for code, _ in expected], said
    for problem, (_, fragment) in zip(found, expected, strict=True):
        assert fragment in f"{problem.message}; {problem.hint}", said


def outline(graph: Graph) -> str:
    """A graph in short: a line a node, its outputs with their types, what it takes."""
    lines = []
    for node in graph.walk():
        made = " ".join(f"{v.name}{_type(v.type)}" for v in node.outputs.values())
        taken = ", ".join(
            value.name if len(node.inputs.ports()) == 1 else f"{port}={value.name}"
            for port, values in node.inputs.ports().items()
            for value in values
        )
        frozen = "" if node.trainable else " frozen"
        lines.append(f"{made} = {node.op.label}({taken}){frozen}")
    lines += [f"{name} -> {value.name}" for name, value in graph.outputs.items()]
    return "\n".join(lines)


def _type(type_: TensorType) -> str:
    dtype = "" if type_.dtype == "float32" else type_.dtype
    layout = "" if type_.layout == "none" else f"/{type_.layout[9:]}"
    return f"{dtype}{type_}{layout}"
