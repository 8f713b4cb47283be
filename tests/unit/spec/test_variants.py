"""`variants`: other values for a spec's parameters, each held to their type."""

from __future__ import annotations

import pytest

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads
from tests.located import HEAD, check_problems

BODY = """\
params: {n: 2, m: "${n * 2}", rate: 0.5, act: relu, deep: false}
variants:
  big: {n: 5, rate: 1, act: tanh}
  other: {m: "${n + 7}"}
inputs: {x: [4]}
layers: [dense: {units: "${n}", activation: "${act}"}, dense: "${m}", dropout: "${rate / 10}"]
"""


def units(variant: str, set: dict[str, object] | None = None) -> list[int]:
    graph = compile_spec(loads(HEAD + BODY, "m.yaml", set, variant))
    assert graph.variant == variant
    again = compile_spec(loads(graph.resolved, "m.yaml"))
    assert again.resolved == graph.resolved
    assert [v.type for v in again.values()] == [v.type for v in graph.values()]
    sizes = [node.output.type.shape[0] for node in graph.walk()][:2]
    return [size for size in sizes if isinstance(size, int)]


def test_a_variant_sets_parameters_before_those_computed_from_them() -> None:
    assert units("") == [2, 4]
    assert units("big") == [5, 10]
    assert units("other") == [2, 9]


def test_a_setting_goes_over_a_variant() -> None:
    assert units("big", {"n": 3}) == [3, 6]
    assert units("other", {"n": 3}) == [3, 10]
    assert units("other", {"m": 1}) == [2, 1]


def test_a_spec_knows_its_variants() -> None:
    spec = loads(HEAD + BODY, variant="big")
    assert spec.variants == ("big", "other")
    assert spec.variant == "big"
    assert spec.params == {"n": 5, "m": 10, "rate": 1.0, "act": "tanh", "deep": False}


def test_variants_are_different_models_and_the_spec_without_them_the_same() -> None:
    def digest(text: str, variant: str = "") -> str:
        return compile_spec(loads(HEAD + text, "m.yaml", variant=variant)).digest

    assert len({digest(BODY, variant) for variant in ("", "big", "other")}) == 3
    lines = BODY.splitlines(keepends=True)
    assert digest(BODY) == digest("".join([lines[0], *lines[4:]]))


def test_a_problem_that_only_a_variant_has_is_told_to_be_its() -> None:
    body = BODY.replace('dropout: "${rate / 10}"', 'reshape: [2, "${m // 2}"]')
    compile_spec(loads(HEAD + body, "m.yaml"))
    with pytest.raises(SpecError) as caught:
        compile_spec(loads(HEAD + body, "m.yaml", variant="other"))
    (problem,) = caught.value.diagnostics
    assert problem.code == "shape-mismatch"
    assert "used by variant other at m.yaml:6:3" in problem.render()


CASES: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "values of another type",
        "variants:\n  a: {n: §1.5, rate: §fast}\n  b: {n: §true, act: §3, deep: §1}\n",
        [
            ("wrong-type", "variant `a` sets n: expected an integer like 2, got 1.5"),
            ("wrong-type", "expected a number like 0.5"),
            ("wrong-type", "got true"),
            ("wrong-type", "expected a string like 'relu'"),
            ("wrong-type", "expected a boolean"),
        ],
    ),
    (
        "parameters that there are not",
        "variants: {a: {§rates: 1}, b: {§zebra: 2}}\n",
        [("unknown-parameter", "mean `rate`?"), ("unknown-parameter", "parameters: n")],
    ),
    (
        "names and forms",
        "variants: {§all: {}, §a-b: {}, §../x: {}, §_x: {}, §class: {}, c: §3}\n",
        [
            ("reserved-name", "`--variant all` means every variant"),
            ("reserved-name", "a name is a letter"),
            ("reserved-name", "a name is a letter"),
            ("reserved-name", "underscore"),
            ("reserved-name", "Python keyword"),
            ("wrong-type", "variant `c` maps parameters to values, got 3"),
        ],
    ),
    (
        "bad expressions",
        "variants: {a: {n: '${§zebra}'}, b: {n: '${1 /§ 0}'}}\n".replace(
            "1 /§ 0", "§1 / 0"
        ),
        [("bad-expression", "unknown name"), ("bad-expression", "division by zero")],
    ),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES, ids=lambda c: str(c)[:40])
def test_refused_variants(
    name: str, text: str, expected: list[tuple[str, str]]
) -> None:
    first, *_, inputs, layers = BODY.splitlines(keepends=True)
    check_problems(HEAD + first + text + inputs + layers, expected)


@pytest.mark.parametrize(
    ("body", "told"),
    [(BODY, "did you mean big?"), ("inputs: {x: [4]}\nlayers: [relu]\n", "none")],
)
def test_a_variant_that_there_is_not(body: str, told: str) -> None:
    with pytest.raises(SpecError) as caught:
        loads(HEAD + body, variant="bigg")
    (problem,) = caught.value.diagnostics
    assert problem.code == "unknown-variant"
    assert told in problem.hint
