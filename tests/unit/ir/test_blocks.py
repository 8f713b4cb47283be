"""Blocks: their parameters, inputs and outputs, and what `when` makes of layers."""

from __future__ import annotations

import pytest

from specgraph.diagnostics import Diagnostic, SpecError
from specgraph.ir.graph import Call, Graph
from specgraph.load import compile_spec, loads
from tests.located import HEAD, check_problems, graph_of, outline

PAIR = """\
blocks:
  pair:
    params: {units: int, act: {type: str, default: relu, choices: [relu, tanh]}}
    layers:
      - dense: "${units}"
      - dense: {units: "${units + 1}", activation: "${act}"}
"""
X = "inputs: {x: [4]}\n"


def paths(graph: Graph) -> list[str]:
    return [node.name for node in graph.walk()]


def resolves_to_itself(graph: Graph) -> bool:
    return compile_spec(loads(graph.resolved, graph.file)).resolved == graph.resolved


def test_a_block_is_a_scope_of_paths() -> None:
    graph = graph_of(PAIR + X + "layers:\n  - pair: 4\n  - pair: {units: 5}\n")
    expected = ["pair.dense", "pair.dense_2", "pair_2.dense", "pair_2.dense_2"]
    assert paths(graph) == expected
    assert graph.count() == (20 + 25) + (30 + 36)
    assert resolves_to_itself(graph)


def test_equal_uses_share_one_body() -> None:
    graph = graph_of(
        PAIR + "inputs: {x: [4], y: [4]}\nlayers:\n"
        "  - {pair: 3, from: x, name: one}\n  - {pair: {units: 3}, from: y, name: two}\n"
        "  - {pair: 3, name: other, trainable: false}\n"
        "  - {add: , from: [one, other]}\n"
    )
    one, two, other, _ = graph.items
    assert isinstance(one, Call) and isinstance(two, Call) and isinstance(other, Call)
    assert one.body is two.body
    assert one.body is not other.body
    assert graph.count(trainable=False) == 15 + 16


def test_a_block_takes_several_inputs_by_position_or_by_name() -> None:
    body = """\
blocks:
  gate:
    inputs: [x, by]
    params: {n: {type: int, default: 4}}
    layers:
      - {dense: {units: "${by.channels}", activation: sigmoid}, from: x, name: open}
      - {multiply: , from: [open, by]}
inputs: {a: [3], b: [4]}
"""
    by_position = graph_of(body + "layers:\n  - {gate: , from: [a, b]}\n")
    by_name = graph_of(body + "layers:\n  - {gate: , from: {by: b, x: a}}\n")
    expected = """\
gate.open[4] = dense(a)
gate.multiply[4] = multiply(gate.open, b)
gate -> gate.multiply"""
    assert outline(by_position) == outline(by_name) == expected


def test_a_block_may_have_outputs_that_nobody_takes() -> None:
    graph = graph_of("""\
blocks:
  encode:
    layers: [{dense: 3, name: wide}, {dense: 2, name: narrow}]
    outputs: {code: narrow, skip: wide}
inputs: {x: [4]}
layers: [encode, {dense: 5, from: encode.skip}, {concat: , from: [encode, dense]}]
""")
    assert paths(graph) == ["encode.wide", "encode.narrow", "dense", "concat"]
    assert graph.outputs["concat"].type.shape == (7,)
    assert resolves_to_itself(graph)


def test_a_block_sees_the_parameters_of_its_file_and_its_own_hide_them() -> None:
    body = """\
params: {n: 3, m: 5}
blocks:
  b: {params: {n: {type: int, default: "${m + 1}"}}, layers: [dense: "${n}", dense: "${m}"]}
inputs: {x: [4]}
layers: [b, {b: 2}]
"""
    shapes = [node.output.type.shape for node in graph_of(body).walk()]
    assert shapes == [(6,), (5,), (2,), (5,)]
    shapes = [node.output.type.shape for node in graph_of(body, {"m": 1}).walk()]
    assert shapes == [(2,), (1,), (2,), (1,)]


def test_a_size_parameter_takes_an_integer_or_a_list() -> None:
    graph = graph_of("""\
blocks:
  conv: {params: {k: size}, layers: [conv2d: {filters: 2, kernel_size: "${k}"}]}
inputs: {x: [8, 8, 1]}
layers: [conv: 3, conv: {k: [1, 3]}]
""")
    assert [n.output.type.shape for n in graph.walk()] == [(6, 6, 2), (6, 4, 2)]


def test_an_empty_block_gives_what_it_takes() -> None:
    graph = graph_of("blocks: {same: {layers: []}}\n" + X + "layers: [same, relu]\n")
    assert outline(graph) == "relu[4] = relu(x)\nrelu -> relu"


@pytest.mark.parametrize("order", ["input, projection", "projection, input"])
@pytest.mark.parametrize(
    ("units", "expected"),
    [
        (4, ["b.body"]),
        (3, ["b.body", "b.projection", "b.add"]),
    ],
)
def test_a_residual_whose_projection_is_left_out(
    order: str, units: int, expected: list[str]
) -> None:
    graph = graph_of(f"""\
blocks:
  b:
    params: {{n: int}}
    layers:
      - {{dense: "${{n}}", name: body}}
      - branches:
          main: []
          shortcut:
            - {{dense: "${{n}}", name: projection, when: "${{input.channels != n}}", from: input}}
        merge: add
inputs: {{x: [4]}}
layers: [{{b: {units}}}]
""")
    assert paths(graph)[: len(expected) - 1] == expected[: len(expected) - 1]
    graph = graph_of(f"""\
blocks:
  b:
    params: {{n: int}}
    layers:
      - {{dense: "${{n}}", name: projection}}
      - {{add: , from: [{order}], when: "${{input.channels == n}}"}}
inputs: {{x: [4]}}
layers: [{{b: {units}}}]
""")
    assert paths(graph) == ["b.projection", "b.add"][: 2 if units == 4 else 1]
    value = next(iter(graph.outputs.values()))
    assert value.type.shape == (units,)


def test_a_layer_left_out_is_the_identity() -> None:
    body = PAIR + "params: {deep: false}\n" + X
    body += 'layers:\n  - {pair: 4, when: "${deep}", repeat: 3}\n  - dense: 2\n'
    assert paths(graph_of(body)) == ["dense"]
    assert len(paths(graph_of(body, {"deep": True}))) == 7
    assert resolves_to_itself(graph_of(body))


CASES: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "arguments",
        PAIR + X + "layers:\n  - §pair\n  - pair: {§unit: 5}\n  - pair: {units: §a}\n"
        "  - pair: {units: 4, act: §elu}\n  - pair: §2.5\n  - pair: §true\n"
        "  - pair: §[1]\n",
        [
            ("missing-argument", "block `pair` needs `units`; an integer"),
            ("unknown-argument", "did you mean `units`?"),
            ("wrong-type", "`units` of block `pair` must be an integer, got 'a'"),
            ("wrong-type", "must be one of 'relu', 'tanh', got 'elu'"),
            ("wrong-type", "must be an integer, got 2.5"),
            ("wrong-type", "must be an integer, got true"),
            ("wrong-type", "must be an integer, got [1]"),
        ],
    ),
    (
        "an argument for a block without parameters",
        "blocks: {b: {layers: [relu]}}\n" + X + "layers: [b: §3, b: {§n: 3}]\n",
        [
            ("unknown-argument", "block `b` has no parameters"),
            ("unknown-argument", "its parameters: none"),
        ],
    ),
    (
        "parameters of no type",
        "blocks:\n  b: {params: {n: §integer, m: {§default: 3}, k: §3, in: §int},"
        " layers: [relu]}\n".replace("m: {§", "§m: {").replace("in: §", "§in: ")
        + X
        + "layers: [relu]\n",
        [
            ("bad-value", "'integer' is no type"),
            ("bad-value", "needs a type"),
            ("bad-value", "3 is no type"),
            ("reserved-name", "Python keyword"),
        ],
    ),
    (
        "a block that leads to itself",
        "blocks:\n  a: {layers: [b]}\n  b: {layers: [{§a: , when: false}]}\n"
        + X
        + "layers: [a]\n",
        [("recursive-block", "a → b → a")],
    ),
    (
        "values around a block, and paths into one",
        "blocks: {b: {layers: [{dense: 3, name: p}, {add: , from: [p, §x]}]}}\n"
        + X
        + "layers: [b, {dense: 3, from: §b.p.kernel}, {dense: 4, from: §p}]\n",
        [
            ("bad-reference", "in sight here: input, p"),
            ("bad-reference", "reaches into a layer"),
            ("bad-reference", "no layer or input `p` is in sight"),
        ],
    ),
    (
        "inputs that do not fit",
        "blocks: {b: {inputs: [p, q], layers: [{add: , from: [p, q]}]}}\n"
        + X
        + "layers:\n  - {b: , from: §[x, x, x]}\n  - {b: , from: §x}\n"
        "  - {b: , from: §{p: x, r: x}}\n  - §b\n",
        [
            ("bad-reference", "takes 2 inputs, got 3; its inputs: p, q"),
            ("bad-reference", "needs 2 inputs: `q` is missing; write `from: [p, q]`"),
            ("bad-reference", "has no input `r`"),
            ("bad-reference", "`q` is missing"),
        ],
    ),
    (
        "layers that nothing takes",
        "blocks:\n  b: {layers: [{dense: 3, name: p}, {§relu: , name: q},"
        " {dense: 2, from: p}]}\n" + X + "layers: [b]\n",
        [("unused-layer", "`q` reaches no output")],
    ),
    (
        "names taken twice",
        "blocks:\n  b: {inputs: [p], layers: [{dense: 3, name: §p},"
        " {dense: 2, name: q}, {dense: 1, name: §q}]}\n"
        + X
        + "layers: [{b: , name: §x}]\n",
        [("duplicate-name", "is taken")] * 3,
    ),
    (
        "names of blocks",
        "blocks:\n  §conv2d: {layers: [relu]}\n  §for: {layers: [relu]}\n"
        "  §torch: {layers: [relu]}\n  §__init__: {layers: [relu]}\n"
        "  §inputs: {layers: [relu]}\n  b: §3\n  c: §{§layer: []}\n"
        + X
        + "layers: [relu]\n",
        [
            ("reserved-name", "an op has that name"),
            ("reserved-name", "a word of the language"),
            ("reserved-name", "use it for something else"),
            ("reserved-name", "underscore"),
            ("reserved-name", "a word of the language"),
            ("wrong-type", "must be a mapping"),
            ("missing-key", "`layers` is missing"),
            ("unknown-key", "did you mean `layers`?"),
        ],
    ),
    (
        "what `when` says",
        X + "layers:\n  - {relu: , when: '${§nope}'}\n  - {relu: , when: §3}\n"
        "  - {relu: , when: §'${1}'}\n  - {relu: , when: '${§input.channels > 3}'}\n",
        [
            ("bad-expression", "unknown name 'nope'"),
            ("wrong-type", "`when` must be true or false, got 3"),
            ("wrong-type", "got 1"),
            ("bad-expression", "`input` is the first input of a block"),
        ],
    ),
    (
        "a size that is only known when the model runs",
        "blocks:\n  b:\n    layers: [{dense: '${input.channels}'},"
        " {relu: , when: '${§input.shape[1] > 3}'}]\n"
        "inputs: {x: [t, 4]}\nlayers: [b]\n",
        [("bad-expression", "size `t` is only known when the model runs")],
    ),
]


@pytest.mark.parametrize(("name", "body", "expected"), CASES, ids=lambda c: str(c)[:40])
def test_refused_blocks(name: str, body: str, expected: list[tuple[str, str]]) -> None:
    check_problems(HEAD + body, expected)


def test_a_problem_in_a_block_tells_the_uses_that_led_there() -> None:
    text = (
        HEAD
        + """\
blocks:
  inner: {params: {n: int}, layers: [conv2d: {filters: "${n}", kernel_size: 3}]}
  outer: {layers: [relu, inner: 2]}
inputs: {x: [4]}
layers: [dense: 3, outer]
"""
    )
    problem = problems(text)[0]
    uses = [(name, place.line) for name, place in problem.chain]
    assert problem.at is not None and problem.at.line == 4
    assert uses == [("outer", 7), ("inner", 5)]
    assert "used by outer at m.yaml:7:20" in problem.render()


JOINED = {
    "a block and a group": (
        "blocks: {b: {layers: [{dense: 3, name: b_c}]}}\n",
        "[{b: , name: a}, {name: a_b, layers: [{dense: 3, name: c}]}]",
        "a_b_c",
    ),
    "a turn and a number in a name": (
        "blocks: {d: {layers: [{dense: 3, name: c}]}}\n",
        "[{d: , name: a_1}, {d: , name: a, repeat: 3}]",
        "a_1_c",
    ),
    "a turn of one op and a layer": (
        "",
        "[{dense: 3, name: s_2}, {dense: 3, name: s, repeat: 3}]",
        "s_2",
    ),
    "loops by two ways": (
        "blocks:\n  e: {layers: [{dense: 3, repeat: 3, name: b_l}]}\n"
        "  f: {layers: [{dense: 3, repeat: 2, name: l}]}\n",
        "[{e: , name: y}, {f: , name: y_b}]",
        "y_b_l_0",
    ),
    "the same layer of two uses": (
        "blocks: {g: {layers: [dense: 3]}, h: {layers: [{g: , name: b_c}]}}\n",
        "[{h: , name: a}, {g: , name: a_b_c}]",
        "a_b_c_dense",
    ),
}


@pytest.mark.parametrize(("blocks", "layers", "joined"), JOINED.values(), ids=JOINED)
def test_paths_that_join_alike(blocks: str, layers: str, joined: str) -> None:
    (problem,) = problems(f"{HEAD}{blocks}{X}layers: {layers}\n")
    assert problem.code == "duplicate-name"
    assert f"are both `{joined}` in Keras" in problem.message


def test_paths_that_only_begin_alike() -> None:
    layers = "[d, d, {d: , repeat: 3}, {d: , name: d_3_c}, {d: , name: d_3_0_c_}]"
    body = "blocks: {d: {layers: [{dense: 3, name: c}]}}\n" + X
    assert len(paths(graph_of(f"{body}layers: {layers}\n"))) == 7


def problems(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        compile_spec(loads(text, "m.yaml"))
    return caught.value.diagnostics
