"""What `from`, `outputs` and names may not say."""

from __future__ import annotations

import pytest

from tests.located import HEAD, check_problems

ONE = "inputs: {x: [4]}\n"
TWO = "inputs: {x: [4], y: [4]}\n"

CASES: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "an unknown layer",
        ONE + "layers:\n  - {dense: 4, name: first}\n  - {relu: , from: §frist}\n",
        [("bad-reference", "did you mean `first`?")],
    ),
    (
        "nothing like it",
        ONE + "layers:\n  - {relu: , from: §zebra}\n",
        [("bad-reference", "in sight here: x")],
    ),
    (
        "a later layer",
        ONE + "layers:\n  - {relu: , from: §b}\n  - {dense: 4, name: b}\n",
        [("bad-reference", "it stands on line 6")],
    ),
    (
        "a later layer without a name",
        ONE + "layers:\n  - {relu: , from: §dense}\n  - dense: 4\n",
        [("bad-reference", "`dense` comes later")],
    ),
    (
        "itself",
        ONE + "layers:\n  - {relu: , name: a, from: §a}\n",
        [("bad-reference", "`a` cannot take itself")],
    ),
    (
        "the branches around it",
        ONE + "layers:\n  - branches:\n      l: [{relu: , from: §r}]\n      k: []\n"
        "    merge: add\n    name: r\n",
        [("bad-reference", "`r` cannot take itself")],
    ),
    (
        "a layer of a branch, after the branches",
        ONE
        + "layers:\n  - branches:\n      l: [{dense: 4, name: inner}]\n      k: []\n"
        "    merge: add\n  - {relu: , from: §inner}\n",
        [("bad-reference", "`inner` is in a branch, out of sight")],
    ),
    (
        "a layer of the branch before",
        ONE + "layers:\n  - branches:\n      l: [{dense: 4, name: inner}]\n"
        "      k: [{relu: , from: §inner}]\n    merge: add\n",
        [("bad-reference", "layers of a branch are named in it only")],
    ),
    (
        "a layer of the branch after",
        ONE + "layers:\n  - branches:\n      l: [{relu: , from: §inner}]\n"
        "      k: [{dense: 4, name: inner}]\n    merge: add\n",
        [("bad-reference", "`inner` is in a branch")],
    ),
    (
        "a layer of a group, after the group",
        ONE + "layers:\n  - name: g\n    layers: [{dense: 4, name: inner}]\n"
        "  - {relu: , from: §inner}\n  - {relu: , from: §g.inner}\n",
        [
            ("bad-reference", "no layer or input `inner` is in sight"),
            ("bad-reference", "`g` has no output `inner`; its outputs: output"),
        ],
    ),
    (
        "outputs that a layer does not have",
        ONE + "layers:\n  - branches: {a: [], b: []}\n    name: h\n"
        "  - {relu: , from: §h.c}\n  - {relu: , from: §x.second}\n",
        [
            ("bad-reference", "`h` has no output `c`; its outputs: a, b"),
            ("bad-reference", "`x` has no output `second`; its outputs: output"),
        ],
    ),
    (
        "several inputs, and a first layer that does not say",
        TWO + "layers: [§relu]\n",
        [("missing-from", "write `from:` and one of the inputs: x, y")],
    ),
    (
        "several inputs, and an empty branch",
        TWO
        + "layers:\n  - §branches: {a: [{relu: , from: x}], b: []}\n    merge: add\n",
        [("missing-from", "the first layer must say what it takes")],
    ),
    (
        "several inputs, and a group that does not say",
        TWO + "layers:\n  - layers:\n      - §dense: 4\n",
        [("missing-from", "the first layer must say")],
    ),
    (
        "too many inputs",
        TWO
        + "layers:\n  - {relu: , from: §[x, y]}\n  - {subtract: , from: §[x, y, x]}\n"
        "  - {layers: [relu], from: §[x, y]}\n"
        "  - {branches: {a: [], b: []}, merge: add, from: §{input: x}}\n"
        "  - {parameter: 3, from: §x}\n",
        [
            ("bad-reference", "relu takes 1 input, got 2"),
            ("bad-reference", "subtract takes 2 inputs, got 3"),
            ("bad-reference", "a group takes one input"),
            ("bad-reference", "`branches` take one input"),
            ("bad-reference", "parameter takes no input, got 1"),
        ],
    ),
    (
        "too few inputs",
        ONE + "layers:\n  - §subtract\n",
        [("bad-reference", "subtract needs 2 inputs at `input`, got 1")],
    ),
    (
        "inputs that an op does not have",
        "inputs: {x: [t, 4]}\nlayers:\n  - {lstm: 3, from: §{maks: x}}\n"
        "  - {lstm: 3, from: §{input: [x, x]}}\n",
        [
            ("bad-reference", "did you mean `mask`?"),
            ("bad-reference", "lstm takes 1 input at `input`, got 2"),
        ],
    ),
    (
        "the wrong dtype",
        "inputs: {x: [t, 4], i: {shape: [t], dtype: int32}}\nlayers:\n"
        "  - {dense: 3, from: §i}\n  - {lstm: 3, from: §{input: x, mask: i}}\n"
        "  - {embedding: {input_dim: 3, output_dim: 2}, from: §x}\n",
        [
            ("dtype-mismatch", "dense takes floats at `input`, but `i` is int32"),
            ("dtype-mismatch", "lstm takes bool at `mask`"),
            ("dtype-mismatch", "takes integers at `input`, but `x` is float32"),
        ],
    ),
    (
        "weights of another precision",
        "inputs: {x: {shape: [4], dtype: float64}}\nlayers: [relu, §dense: 3]\n",
        [("dtype-mismatch", "dense has weights of float32, but takes float64")],
    ),
    (
        "a name taken twice",
        ONE + "layers:\n  - {dense: 4, name: a}\n  - {dense: 4, name: §a}\n",
        [("duplicate-name", "line 5 has it")],
    ),
    (
        "an input's name",
        ONE + "layers:\n  - {dense: 4, name: §x}\n",
        [("duplicate-name", "the name `x` is taken")],
    ),
    (
        "a name taken in a branch",
        ONE + "layers:\n  - branches:\n      l: [{dense: 4, name: a}]\n"
        "      k: [{dense: 4, name: §a}]\n    merge: add\n",
        [("duplicate-name", "the name `a` is taken")],
    ),
    (
        "names that join alike",
        ONE + "layers:\n  - {name: a, layers: [{dense: 4, name: b_c}]}\n"
        "  - {name: a_b, layers: [{§dense: 4, name: c}]}\n",
        [("duplicate-name", "`a_b.c` and `a.b_c` are both `a_b_c` in Keras")],
    ),
    (
        "a path that joins like an input",
        "inputs: {a_b: [4]}\nlayers:\n  - {name: a, layers: [{§dense: 4, name: b}]}\n",
        [("duplicate-name", "`a.b` and `a_b` are both `a_b` in Keras")],
    ),
    (
        "outputs of nothing",
        ONE + "layers: [relu]\noutputs: {a: §rleu, b: §3, c: §[relu], d: §}\n",
        [
            ("bad-reference", "did you mean `relu`?"),
            ("wrong-type", "expected the name of a layer or input, got 3"),
            ("wrong-type", "got ['relu']"),
            ("wrong-type", "got nothing"),
        ],
    ),
    (
        "an output in a branch",
        ONE
        + "layers:\n  - branches: {a: [{dense: 4, name: p}], b: []}\n    merge: add\n"
        "outputs: {o: §p}\n",
        [("bad-reference", "`p` is in a branch")],
    ),
    (
        "an output with the name of another layer",
        ONE + "layers: [relu, {dense: 3}]\noutputs: {§relu: dense, §x: relu}\n",
        [
            ("duplicate-name", "line 4 has it, and this output is of another layer"),
            ("duplicate-name", "the name `x` is taken"),
        ],
    ),
    (
        "output names that cannot be",
        ONE + "layers: [relu]\noutputs: {§forward: relu, §while: relu}\n",
        [
            ("reserved-name", "an output cannot be called 'forward'"),
            ("reserved-name", "Python keyword"),
        ],
    ),
    (
        "more values than a sum can have",
        ONE + f"layers:\n  - add:\n    from: §[{', '.join(['x'] * 257)}]\n",
        [("bad-value", "add takes 257 values at `input`; the limit is 256")],
    ),
    (
        "layers that reach no output",
        ONE + "layers:\n  - §dense: 4\n  - {relu: , from: x}\n"
        "  - §{branches: {a: [{§tanh: }], b: []}, merge: add}\noutputs: {o: relu}\n",
        [
            ("unused-layer", "layer `dense` reaches no output"),
            ("unused-layer", "layer `add` reaches no output"),
            ("unused-layer", "layer `tanh` reaches no output"),
        ],
    ),
    (
        "branches of which some reach no output",
        ONE + "layers:\n  - branches: {a: [{dense: 3}], b: [{§dense: 3}]}\n  - relu\n",
        [("unused-layer", "layer `dense_2` reaches no output")],
    ),
    (
        "an input that reaches no output",
        "inputs: {x: [4], §y: [4]}\nlayers: [{relu: , from: x}]\n",
        [("unused-input", "input `y` reaches no output")],
    ),
    (
        "problems of all kinds, told together",
        "inputs: {x: [§0]}\nlayers:\n  - dense: §many\n  - {relu: , from: §nowhere}\n"
        "  - conv2d: {§kernal_size: 3, filters: 3}\ntrain: {§optimiser: adam, loss: §mze}\n",
        [
            ("bad-value", "a dimension lies between"),
            ("wrong-type", "got 'many'"),
            ("bad-reference", "no layer or input `nowhere`"),
            ("unknown-attribute", "did you mean 'kernel_size'?"),
            ("unknown-key", "did you mean 'optimizer'?"),
            ("unknown-loss", "unknown loss 'mze'"),
        ],
    ),
]


@pytest.mark.parametrize(("name", "body", "expected"), CASES, ids=lambda c: str(c)[:40])
def test_refused_reference(
    name: str, body: str, expected: list[tuple[str, str]]
) -> None:
    check_problems(HEAD + body, expected)
