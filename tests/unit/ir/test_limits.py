"""Limits on graphs: each refusal names the limit, and what is below it compiles."""

from __future__ import annotations

import pytest

from specgraph.load import compile_spec, loads
from specgraph.spec import schema
from tests.located import HEAD, check_problems, graph_of


def test_layers_are_counted_in_groups_and_branches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schema, "MOST_LAYERS", 4)
    body = "inputs: {x: [4]}\nlayers:\n  - layers: [relu]\n"
    body += "  - branches: {a: [relu], b: []}\n    merge: add\n"
    assert len(list(graph_of(body).walk())) == 3
    expected = [("too-many-layers", "more than 4 layers, the limit")]
    check_problems(HEAD + body + "  - §relu\n", expected)


def test_branches_and_groups_may_be_nested_deeply() -> None:
    inner = "[relu]"
    for depth in range(22):
        name = f"g{depth}"
        if depth % 2:
            inner = f"[{{name: {name}, layers: {inner}}}]"
        else:
            inner = f"[{{name: {name}, branches: {{a: {inner}, b: []}}, merge: add}}]"
    graph = graph_of(f"inputs: {{x: [4]}}\nlayers: {inner}\n")
    assert len(list(graph.walk())) == 12


def test_a_long_chain_of_references_compiles() -> None:
    layers = "".join(
        f"  - {{add: , name: l{i}, from: [{f'l{i - 1}' if i else 'x'}, x]}}\n"
        for i in range(3_000)
    )
    graph = compile_spec(loads(f"{HEAD}inputs: {{x: [4]}}\nlayers:\n{layers}"))
    assert len(graph.resolved.split("\n")) > 3_000
