"""Names of variables: the chain is `x`, branches have their own, nothing is hidden."""

from __future__ import annotations

import ast

import pytest

from specgraph.plugins import find_backend
from tests.located import graph_of

CASES: list[tuple[str, str, list[str]]] = [
    (
        "inputs that hide a builtin, or differ by an underscore",
        "inputs: {input: [4], input_: [4]}\nlayers:\n  - {add: , from: [input, input_]}\n",
        ["input_", "input__"],
    ),
    (
        "an input that a helper is called after",
        "inputs: {maximum: [4]}\nlayers:\n  - {maximum: , from: [maximum, maximum, maximum]}\n",
        ["maximum_"],
    ),
    (
        "an input called as the chain, needed to the end",
        "inputs: {x: [4]}\nlayers:\n  - {dense: 4, name: a}\n  - tanh\n"
        "  - {add: , from: [tanh, x]}\n",
        ["x", "y"],
    ),
    (
        "a value that the next layer does not take has its own name",
        "inputs: {x: [t, 3]}\nlayers:\n  - {not_equal: 0, name: present}\n"
        "  - {lstm: 4, from: x}\n  - {dense: 4, from: lstm}\n"
        "  - {add: , from: [lstm, dense]}\noutputs: {o: add, p: present}\n",
        ["x", "present", "y", "o"],
    ),
    (
        "a mask that a layer of several statements reads to the end",
        "inputs: {words: {shape: [t], dtype: int32, range: [0, 9]}, h: [4]}\nlayers:\n"
        "  - {embedding: {input_dim: 9, output_dim: 3}, from: words}\n"
        "  - {not_equal: 0, from: words}\n"
        "  - gru: {units: 4, return_state: true, zero_output_for_mask: true}\n"
        "    from: {input: embedding, mask: not_equal, initial_state: h}\n"
        "  - {concat: , from: [gru, gru.state]}\n",
        ["words", "h", "embedding", "x", "gru_state"],
    ),
    (
        "outputs at the chain's end, and one that the chain goes on from",
        "inputs: {image: [4]}\nlayers:\n  - {dense: 5, name: a}\n  - tanh\n"
        "  - {dense: 3, name: b}\n  - {dense: 1, name: c, from: tanh}\n"
        "outputs: {first: a, b: b, last: c}\n",
        ["image", "first", "x", "b", "last"],
    ),
    (
        "branches",
        "inputs: {image: [4]}\nlayers:\n  - branches: {list: [{dense: 4}, tanh],"
        " right: [{dense: 4}]}\n    merge: add\n  - tanh\n",
        ["image", "list_", "right"],
    ),
]


@pytest.mark.parametrize(("name", "body", "expected"), CASES, ids=lambda c: str(c)[:40])
def test_variables_of_forward(name: str, body: str, expected: list[str]) -> None:
    text = find_backend("torch").plan(graph_of(body)).files["model.py"]
    forward = next(
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name == "forward"
    )
    names = [arg.arg for arg in forward.args.args[1:]]
    for node in ast.walk(forward):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names += [node.id] if node.id not in names else []
    assert [name for name in names if name not in ("output", "_")] == expected
