"""`repeat`, `for`, and branches of one per item: turns, what they carry, their limits."""

from __future__ import annotations

import pytest

from specgraph.diagnostics import SpecError
from specgraph.ir import calls, loops
from specgraph.ir.graph import Call, Loop
from specgraph.load import compile_spec, loads
from specgraph.spec import schema
from tests.located import HEAD, check_problems, graph_of, outline

X = "inputs: {x: [4]}\n"


def check_outline(body: str, expected: str) -> None:
    """Holds a graph to its outline, and so the spec that it resolves to."""
    graph = graph_of(body)
    assert outline(graph) == expected
    again = compile_spec(loads(graph.resolved, graph.file))
    assert outline(again) == expected
    assert again.resolved == graph.resolved


def test_an_op_that_is_repeated() -> None:
    expected = "d.0[4] = dense(x)\nd.1[4] = dense(d.0)\nd -> d.1"
    check_outline(X + "layers: [{dense: 4, repeat: 2, name: d}]\n", expected)


def test_one_turn_is_a_turn_and_none_is_the_identity() -> None:
    expected = "relu[4] = relu(x)\ndense.0[3] = dense(relu)\ndense -> dense.0"
    layers = "[{dense: 5, repeat: 0, name: none}, relu, {dense: 3, repeat: 1}]"
    check_outline(f"{X}layers: {layers}\n", expected)


def test_a_group_that_is_repeated() -> None:
    expected = """\
group.0.dense[4] = dense(x)
group.0.relu[4] = relu(group.0.dense)
group.1.dense[4] = dense(group.0.relu)
group.1.relu[4] = relu(group.1.dense)
group -> group.1.relu"""
    check_outline(X + "layers: [{layers: [dense: 4, relu], repeat: 2}]\n", expected)


def test_branches_that_are_repeated() -> None:
    expected = """\
add.0.dense[4] = dense(x)
add.0.add[4] = add(add.0.dense, x)
add.1.dense[4] = dense(add.0.add)
add.1.add[4] = add(add.1.dense, add.0.add)
add -> add.1.add"""
    layers = "[{branches: {l: [dense: 4], r: []}, merge: add, repeat: 2}]"
    check_outline(f"{X}layers: {layers}\n", expected)


def test_only_the_first_input_changes_from_turn_to_turn() -> None:
    body = """\
blocks:
  mix: {inputs: [x, by], layers: [{multiply: , from: [x, by]}, dense: 4]}
inputs: {a: [4], m: [4]}
layers:
"""
    expected = """\
mix.0.multiply[4] = multiply(a, m)
mix.0.dense[4] = dense(mix.0.multiply)
mix.1.multiply[4] = multiply(mix.0.dense, m)
mix.1.dense[4] = dense(mix.1.multiply)
mix -> mix.1.dense"""
    check_outline(body + "  - {mix: , from: [a, m], repeat: 2}\n", expected)
    named = "  - {mix: , from: {by: m, x: a}, repeat: 2}\n"
    assert outline(graph_of(body + named)) == expected


def test_a_turn_sees_the_values_around_it() -> None:
    expected = """\
add.0[4] = add(a, b)
add.1[4] = add(add.0, b)
group.0.relu[4] = relu(b)
group.0.multiply[4] = multiply(add.1, group.0.relu)
group.1.relu[4] = relu(b)
group.1.multiply[4] = multiply(group.0.multiply, group.1.relu)
group -> group.1.multiply"""
    check_outline(
        "inputs: {a: [4], b: [4]}\nlayers:\n"
        "  - {add: , from: [a, b], repeat: 2}\n"
        "  - {repeat: 2, layers: [{branches: {l: [], r: [{relu: , from: b}]}, merge: multiply}]}\n",
        expected,
    )


def test_a_counter_is_the_number_of_the_turn() -> None:
    expected = """\
dense.0[2] = dense(x)
dense.1[3] = dense(dense.0)
dense.2[4] = dense(dense.1)
dense -> dense.2"""
    layer = '{dense: "${i + 2}", repeat: {times: 3, as: i}}'
    check_outline(f"{X}layers: [{layer}]\n", expected)


def test_a_counter_of_nested_loops() -> None:
    expected = """\
o.0.n.0[1] = dense(x)
o.0.n.1[2] = dense(o.0.n.0)
o.1.n.0[11] = dense(o.0.n.1)
o.1.n.1[12] = dense(o.1.n.0)
o -> o.1.n.1"""
    inner = '{dense: "${10 * i + j + 1}", name: n, repeat: {times: 2, as: j}}'
    outer = f"{{layers: [{inner}], name: o, repeat: {{times: 2, as: i}}}}"
    check_outline(f"{X}layers: [{outer}]\n", expected)


def test_for_walks_lists_side_by_side() -> None:
    expected = """\
stage.0.dense[3] = dense(x)
stage.0.tanh[3] = tanh(stage.0.dense)
stage.1.dense[5] = dense(stage.0.tanh)
stage.1.tanh[5] = tanh(stage.1.dense)
last.0.dropout[5] = dropout(stage.1.tanh)
last -> last.0.dropout"""
    check_outline(
        "params: {widths: [3, 5]}\n" + X + "layers:\n"
        '  - for: {n: "${widths}", twice: [true, true]}\n'
        '    layers: [{dense: "${n}"}, {tanh: , when: "${twice}"}]\n'
        "  - {for: {r: [0.5]}, layers: [{dropout: '${r}'}], name: last}\n"
        "  - {for: {r: []}, layers: [{dropout: '${r}'}], name: none}\n",
        expected,
    )


def test_a_loop_in_a_loop_counts_by_its_variable() -> None:
    graph = graph_of(
        X + "layers:\n  - for: {n: [4, 2], times: [3, 0]}\n"
        "    layers: [{dense: '${n}'}, {dense: '${n}', repeat: '${times}', name: more}]\n"
    )
    names = [node.name for node in graph.walk()]
    more = [f"stage.0.more.{number}" for number in range(3)]
    assert names == ["stage.0.dense", *more, "stage.1.dense"]


def test_all_turns_of_a_loop_give_their_outputs() -> None:
    expected = """\
s.0.d[3] = dense(x)
s.0.r[3] = relu(s.0.d)
s.1.d[3] = dense(s.0.r)
s.1.r[3] = relu(s.1.d)
s.2.d[3] = dense(s.1.r)
s.2.r[3] = relu(s.2.d)
concat[12] = concat(s.2.r, s.0.d, s.1.d, s.2.d)
concat -> concat"""
    check_outline(
        "blocks:\n  enc:\n    layers: [{dense: 3, name: d}, {relu: , name: r}]\n"
        "    outputs: {down: r, skip: d}\n" + X + "layers:\n"
        "  - {enc: , repeat: 3, name: s}\n  - {concat: , from: [s, s.skip.all]}\n",
        expected,
    )


def test_branches_of_one_per_item() -> None:
    expected = """\
dense[1] = dense(x)
d[2] = dense(dense)
dense_2[2] = dense(x)
d_2[2] = dense(dense_2)
add[2] = add(d, d_2)
concat[6] = concat(add, add, add)
concat -> concat"""
    check_outline(
        X + "layers:\n"
        "  - branches: {for: {n: [1, 2]}, layers: [dense: '${n}', {dense: 2, name: d}]}\n"
        "    merge: add\n"
        "  - {branches: {for: {n: [7, 8, 9]}, layers: []}, merge: concat}\n",
        expected,
    )


def test_branches_of_one_per_item_are_outputs_by_number() -> None:
    graph = graph_of(
        X + "layers:\n"
        "  - {branches: {for: {n: [2, 2, 3]}, layers: [dense: '${n}']}, name: heads}\n"
        "  - {add: , from: [heads.b0, heads.b1]}\n"
        "  - {concat: , from: [add, heads.b2]}\n"
    )
    assert graph.outputs["concat"].type.shape == (5,)


def test_equal_turns_are_one_call() -> None:
    graph = graph_of(X + "layers: [{dense: 3, repeat: 1000}]\n")
    (loop,) = graph.items
    assert isinstance(loop, Loop)
    assert [call.times for call in loop.calls] == [1, 999]
    assert loop.calls[0].body is not loop.calls[1].body
    assert len(list(graph.walk())) == 1000


def test_a_counter_that_nothing_says_makes_no_difference() -> None:
    layer = "{dense: 4, repeat: {times: 1000000, as: i}}"
    (loop,) = graph_of(f"{X}layers: [{layer}]\n").items
    assert isinstance(loop, Loop)
    assert [call.times for call in loop.calls] == [1_000_000]


def test_a_million_equal_layers_are_looked_at_once() -> None:
    body = "blocks: {b: {layers: [dense: 4, relu]}}\n" + X
    layers = (
        "[{b: , repeat: 1000, name: o}, {layers: [{b: , repeat: 1000}], repeat: 400}]"
    )
    graph = graph_of(f"{body}layers: {layers}\n")
    assert graph._nodes is None  # nothing wrote the paths of all layers out
    found: set[Call] = set()
    for item in graph.items:
        assert isinstance(item, Loop)
        found.update(item.calls)
    assert sum(call.times * call.body.size for call in found) == 802_000


BOMBS: dict[str, str] = {
    "repeats in blocks": "blocks:\n  b0: {layers: [relu]}\n"
    + "".join(
        f"  b{n}: {{layers: [{{b{n - 1}: , repeat: 1000}}]}}\n" for n in range(1, 9)
    )
    + X
    + "layers: [b8]\n",
    "uses in blocks": "blocks:\n  b0: {layers: [relu]}\n"
    + "".join(f"  b{n}: {{layers: [{f'b{n - 1}, ' * 9}]}}\n" for n in range(1, 60))
    + X
    + "layers: [b59]\n",
    "repeats in repeats": X
    + "layers: "
    + "[{repeat: 2, layers: " * 40
    + "[relu]"
    + "}]" * 40
    + "\n",
    "counters in counters": X
    + "layers:\n  - repeat: {times: 1000000, as: i}\n"
    + "    layers: [{dense: '${i + j}', repeat: {times: 1000000, as: j}}]\n",
    "loops over long lists": "params: {l: '${[1] * 1000}'}\n"
    + X
    + "layers:\n  - for: {i: '${l}'}\n    layers: "
    + "[{for: {i: '${l}'}, layers: " * 3
    + "[relu]"
    + "}]" * 3
    + "\n",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_by_a_limit(
    body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "long lists" in body or "for:" in body:
        monkeypatch.setattr(schema, "MOST_LAYERS", 5_000)
    with pytest.raises(SpecError) as caught:
        graph_of(body)
    (problem,) = caught.value.diagnostics
    assert problem.code == "too-many-layers"
    limits = [schema.MOST_LAYERS, calls.MOST_EXPANDED]
    assert any(f"{limit:,}" in problem.message for limit in limits)


def test_blocks_inside_each_other_have_a_limit() -> None:
    blocks = "".join(f"  b{n}: {{layers: [b{n - 1}]}}\n" for n in range(1, 200))
    body = f"blocks:\n  b0: {{layers: [relu]}}\n{blocks}{X}layers: [b199]\n"
    with pytest.raises(SpecError) as caught:
        graph_of(body)
    (problem,) = caught.value.diagnostics
    assert problem.code == "too-deep"
    assert "more than 100 deep, the limit" in problem.message
    assert len(problem.render().splitlines()) < 40


CASES: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "numbers of turns",
        "layers:\n"
        + "".join(
            f"  - {{relu: , repeat: §{times}}}\n"
            for times in ("1000000000", "-1", "2.0", "true", "x", "'${3 / 2}'", "[2]")
        )
        + "  - {relu: , repeat: '${§n}'}\n  - {relu: , repeat: {times: 2, as: §for}}\n",
        [
            ("too-many-layers", f"above the limit of {loops.MOST_TURNS:,}"),
            ("wrong-type", "`repeat` is an integer from 0 on, got -1"),
            ("wrong-type", "got 2.0"),
            ("wrong-type", "got true"),
            ("wrong-type", "got 'x'"),
            ("wrong-type", "got 1.5"),
            ("wrong-type", "got [2]"),
            ("bad-expression", "unknown name 'n'"),
            ("reserved-name", "Python keyword"),
        ],
    ),
    (
        "lists",
        "layers:\n  - for: {a: §[1, 2], b: [1]}\n    layers: [dense: '${a}']\n"
        "  - for: {a: §3}\n    layers: [relu]\n"
        "  - {branches: {for: {n: §[]}, layers: [relu]}, merge: concat}\n",
        [
            ("unequal-lists", "`a` has 2, `b` has 1"),
            ("wrong-type", "`for` walks lists; `a` is 3"),
            ("bad-value", "these branches are none"),
        ],
    ),
    (
        "all turns of something else",
        "layers:\n  - {dense: 4, name: d}\n  - {dense: 4, repeat: 2, name: s}\n"
        "  - {concat: , from: [§d.output.all, §s.nope.all]}\n"
        "outputs: {a: §s.output.all}\n",
        [
            ("bad-reference", "`d` is no `repeat` or `for`"),
            ("bad-reference", "`s` has no output `nope`"),
            ("bad-reference", "an output is one value"),
        ],
    ),
    (
        "a turn that does not fit the one before",
        "layers:\n  - {layers: [{reshape: [2, 2]}, §flatten, {reshape: [4]},"
        " {dense: 3}], repeat: 2}\n".replace("§flatten", "flatten").replace(
            "{reshape: [2", "{§reshape: [2"
        ),
        [("shape-mismatch", "reshape")],
    ),
    (
        "a layer of a loop from outside",
        "layers:\n  - {for: {n: [3]}, layers: [{dense: 3, name: p}]}\n"
        "  - {relu: , from: §p}\n  - {relu: , from: §stage.p}\n",
        [
            ("bad-reference", "no layer or input `p` is in sight"),
            ("bad-reference", "`stage` has no output `p`"),
        ],
    ),
]


@pytest.mark.parametrize(("name", "body", "expected"), CASES, ids=lambda c: str(c)[:40])
def test_refused_loops(name: str, body: str, expected: list[tuple[str, str]]) -> None:
    check_problems(HEAD + X + body, expected)
