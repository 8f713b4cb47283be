"""A call that cannot be built hides nothing of what is wrong in its block."""

from __future__ import annotations

import pytest

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads

HIDDEN = """
specgraph: 1
name: hidden
inputs: {x: [4, 4, 3]}
blocks:
  low:
    params: {units: int, extra: {type: int, default: 2}}
    layers:
      - dense: {units: "${units}", activashun: relu}
      - inner: {k: "${units}"}
  inner:
    params: {k: int}
    layers:
      - dense: {units: "${k}", use_bias: 3}
layers:
"""


@pytest.mark.parametrize(
    ("layer", "own"),
    [
        ("low: {units: wide, extr: 3}", ["unknown-argument", "wrong-type"]),
        ("low: {}", ["missing-argument"]),
        ("for: {a: 3}\n    layers: [low: '${a}']", ["wrong-type"]),
        ("{repeat: 'no', low: 3}", ["wrong-type"]),
        ("conv2d: {filters: 2, kernel_size: 9}\n  - low: 3", ["shape-mismatch"]),
        (
            "conv2d: {filters: 2, kernel_size: 9}\n  - {repeat: 2, layers: [low: 3]}",
            ["shape-mismatch"],
        ),
    ],
)
def test_a_call_that_cannot_be_built_hides_nothing_in_the_block(
    layer: str, own: list[str]
) -> None:
    with pytest.raises(SpecError) as error:
        compile_spec(loads(f"{HIDDEN}  - {layer}\n"))
    inside = ["unknown-attribute", "wrong-type"]
    found = [problem.code for problem in error.value.diagnostics]
    assert sorted(found) == sorted([*inside, *own])


def test_what_a_broken_call_would_have_given_is_no_problem_of_the_block() -> None:
    text = HIDDEN.replace(", activashun: relu", "").replace(", use_bias: 3", "")
    text = text.replace(
        "params: {k: int}",
        "params: {k: int}\n    inputs: [input, other]\n    outputs: {a: gate, b: dense}",
    ).replace(
        '- dense: {units: "${k}"}',
        '- {dense: {units: "${input.channels // k}"}, from: input}\n'
        '      - {when: "${k > 2}", reshape: ["${input.shape[1]}"]}\n'
        "      - {add: , name: gate, from: [reshape, other]}",
    )
    with pytest.raises(SpecError) as error:
        compile_spec(loads(f"{text}  - inner: {{k: wide}}\n    from: [x, x]\n"))
    (problem,) = error.value.diagnostics
    assert problem.message == "`k` of block `inner` must be an integer, got 'wide'"
