"""Orders of axes: where a permute is written, and where a dense absorbs a flatten."""

from __future__ import annotations

import pytest

from specgraph.lower.layout import arrange, channels_first, channels_last
from specgraph.lower.program import Program, Reorder, Use, legalize
from specgraph_keras.rules import RULES as KERAS
from specgraph_torch.rules import RULES as TORCH
from tests.located import graph_of

NATIVE = {"torch": (TORCH, channels_first), "keras": (KERAS, channels_last)}


def program_of(body: str, backend: str) -> Program:
    rules, native = NATIVE[backend]
    graph = graph_of(body)
    return arrange(graph, legalize(graph, rules), native)


def steps(program: Program) -> list[str]:
    """The ops in order; a permute with its axes, a dense that absorbs with its order."""
    found = []
    for item in program.items:
        if isinstance(item, Reorder):
            found.append(f"permute {''.join(map(str, item.axes))}")
            continue
        assert isinstance(item, Use)
        if item.flattened is not None:
            sizes, order = item.flattened
            found.append(f"{item.op.label} <- {list(sizes)} {''.join(map(str, order))}")
        else:
            found.append(item.op.label)
    return found


CONV = "conv2d: {filters: 5, kernel_size: 1}"
LAST = "inputs: {x: [4, 3, 2]}\nlayers:\n"
FIRST = "layout: channels_first\ninputs: {x: [2, 4, 3]}\nlayers:\n"

CASES: list[tuple[str, str, str, list[str]]] = [
    (
        "native all the way",
        LAST + f"  - {CONV}\n  - relu\n",
        "torch",
        ["conv2d", "relu"],
    ),
    ("the spec's own", LAST + f"  - {CONV}\n  - relu\n", "keras", ["conv2d", "relu"]),
    ("channels first at home", FIRST + f"  - {CONV}\n", "torch", ["conv2d"]),
    ("channels first abroad", FIRST + f"  - {CONV}\n", "keras", ["conv2d"]),
    (
        "a flatten before a dense",
        LAST + f"  - {CONV}\n  - flatten\n  - dense: 7\n",
        "torch",
        ["conv2d", "flatten", "dense <- [4, 3, 5] 201"],
    ),
    (
        "a flatten in the spec's order already",
        LAST + f"  - {CONV}\n  - flatten\n  - dense: 7\n",
        "keras",
        ["conv2d", "flatten", "dense"],
    ),
    (
        "a flatten of channels first before a dense",
        FIRST + f"  - {CONV}\n  - flatten\n  - dense: 7\n",
        "keras",
        ["conv2d", "flatten", "dense <- [5, 4, 3] 120"],
    ),
    (
        "elementwise ops and dropout in between, and two that absorb",
        LAST + "  - flatten\n  - relu\n  - dropout: 0.5\n  - {dense: 7, name: a}\n"
        "  - {dense: 7, from: dropout}\n  - {add: , from: [a, dense]}\n",
        "torch",
        ["flatten", "relu", "dropout"] + ["dense <- [4, 3, 2] 201"] * 2 + ["add"],
    ),
    (
        "a dense that is identity-initialised",
        LAST + "  - flatten\n  - dense: {units: 24, kernel_initializer: identity}\n",
        "torch",
        ["permute 0231", "flatten", "dense"],
    ),
    (
        "a dense that is constrained along its input",
        LAST + "  - flatten\n  - dense: {units: 7, kernel_constraint: max_norm}\n",
        "torch",
        ["permute 0231", "flatten", "dense"],
    ),
    (
        "a dense that is constrained element by element, or along its output",
        LAST
        + "  - flatten\n  - {dense: {units: 7, kernel_constraint: non_neg}, name: a}\n"
        "  - {dense: {units: 7, kernel_constraint: {unit_norm: 1}}, from: flatten}\n"
        "  - {add: , from: [a, dense]}\n",
        "torch",
        ["flatten"] + ["dense <- [4, 3, 2] 201"] * 2 + ["add"],
    ),
    (
        "a path that is an output",
        LAST + "  - flatten\n  - dense: 7\noutputs: {a: flatten, b: dense}\n",
        "torch",
        ["permute 0231", "flatten", "dense"],
    ),
    (
        "an output further along",
        LAST + "  - flatten\n  - relu\n  - dense: 7\noutputs: {a: relu, b: dense}\n",
        "torch",
        ["permute 0231", "flatten", "relu", "dense"],
    ),
    (
        "a path to what is no dense",
        LAST
        + "  - flatten\n  - {dense: 7, name: a}\n  - {layer_norm: , from: flatten}\n"
        "  - {dense: 7, name: b}\n  - {add: , from: [a, b]}\n",
        "torch",
        ["permute 0231", "flatten", "dense", "layer_norm", "dense", "add"],
    ),
    (
        "a softmax, which is not elementwise",
        LAST + "  - flatten\n  - softmax\n  - dense: 7\n",
        "torch",
        ["permute 0231", "flatten", "softmax", "dense"],
    ),
    (
        "a flatten without layout",
        "inputs: {x: [4, 3]}\nlayers:\n  - flatten\n  - dense: 7\n",
        "torch",
        ["flatten", "dense"],
    ),
    (
        "what wants the spec's order, once for two uses, and back",
        LAST
        + f"  - {CONV}\n  - {{dense: 5, name: a}}\n  - {{dense: 5, from: conv2d}}\n"
        "  - {add: , from: [a, dense, conv2d]}\n",
        "torch",
        ["conv2d", "permute 0231", "dense", "dense", "add", "permute 0312"],
    ),
    (
        "inverse permutes cancel",
        LAST + f"  - {{dense: 5, from: x}}\n  - {CONV}\n",
        "torch",
        ["permute 0231", "dense", "permute 0312", "conv2d"],
    ),
    (
        "axes are remapped, not moved",
        LAST + "  - softmax: 1\n  - {concat: 2, from: [softmax, x]}\n  - batch_norm\n",
        "torch",
        ["softmax", "concat", "batch_norm"],
    ),
    (
        "a norm of another axis makes that one the channels",
        LAST + "  - batch_norm: {axis: 1}\n",
        "torch",
        ["permute 0231", "batch_norm", "permute 0312"],
    ),
    (
        "a permute stands before a convolution of time",
        "inputs: {x: [t, 3]}\nlayers:\n  - conv1d: {filters: 4, kernel_size: 2}\n"
        "  - relu\n  - lstm: 3\n",
        "torch",
        ["permute 021", "conv1d", "relu", "permute 021", "lstm"],
    ),
    (
        "no permute in Keras",
        "inputs: {x: [t, 3]}\nlayers:\n  - conv1d: {filters: 4, kernel_size: 2}\n"
        "  - relu\n  - lstm: 3\n",
        "keras",
        ["conv1d", "relu", "lstm"],
    ),
    (
        "the written order, before a reshape",
        FIRST + "  - reshape: [6, 4]\n",
        "keras",
        ["permute 0312", "reshape"],
    ),
]


@pytest.mark.parametrize(
    ("name", "body", "backend", "expected"), CASES, ids=lambda c: str(c)[:40]
)
def test_permutes_stand_where_they_must(
    name: str, body: str, backend: str, expected: list[str]
) -> None:
    assert steps(program_of(body, backend)) == expected


@pytest.mark.parametrize(
    ("body", "backend", "order"),
    [
        (LAST + "  - relu\n", "torch", (0, 3, 1, 2)),
        (LAST + "  - relu\n", "keras", (0, 1, 2, 3)),
        (FIRST + "  - relu\n", "torch", (0, 1, 2, 3)),
        (FIRST + "  - relu\n", "keras", (0, 2, 3, 1)),
        ("inputs: {x: [t, 3]}\nlayers: [relu]\n", "torch", (0, 1, 2)),
        (LAST + "  - permute: [1, 2, 3]\n", "torch", (0, 1, 2, 3)),
        (
            "inputs: {x: {shape: [3, t], layout: channels_first}}\nlayers: [relu]\n",
            "keras",
            (0, 2, 1),
        ),
    ],
)
def test_values_leave_in_the_framework_s_order(
    body: str, backend: str, order: tuple[int, ...]
) -> None:
    program = program_of(body, backend)
    (value,) = program.outputs.values()
    assert program.orders[value] == order


def test_every_use_is_told_the_order_of_what_it_takes() -> None:
    program = program_of(CASES[14][1], "torch")
    for item in program.items:
        if isinstance(item, Use):
            assert [program.orders[v] for v in item.inputs] == list(item.orders)
