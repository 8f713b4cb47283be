"""Hints that give the very text to write."""

from __future__ import annotations

import pytest

from specgraph.diagnostics import Diagnostic, SpecError
from specgraph.load import compile_spec, loads

HEAD = "specgraph: 1\nname: net\ninputs: {x: [4, 4, 3], y: [5]}\nlayers:\n"


def problems(layers: str) -> list[Diagnostic]:
    with pytest.raises(SpecError) as error:
        compile_spec(loads(HEAD + layers))
    return list(error.value.diagnostics)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("conv2d {filters: 8}", "conv2d: {filters: 8}"),
        ("conv2d {filters: 8, kernel_size: 3}", "conv2d: {filters: 8, kernel_size: 3}"),
        ("conv2d{filters: 8}", "conv2d: {filters: 8}"),
        ("reshape [4, 12]", "reshape: [4, 12]"),
        ("dense 3", "dense: 3"),
    ],
)
def test_a_colon_that_is_missing_is_put_into_the_hint(written: str, meant: str) -> None:
    (problem,) = problems(f"  - {written}\n")
    assert problem.hint == f"write `{meant}`"


def test_a_text_that_no_colon_makes_a_layer_gets_the_near_name() -> None:
    assert problems("  - dence 3\n")[0].hint != "write `dence: 3`"


@pytest.mark.parametrize(
    ("layers", "hint"),
    [
        (
            "  - {branches: {main: [{max_pool2d: 2}], rest: []}, merge: add, from: x}\n",
            "branch `main` is [2, 2, 3], branch `rest` is [4, 4, 3]",
        ),
        ("  - {add: , from: [x, y]}\n", "`x` is [4, 4, 3], `y` is [5]"),
        (
            f"  - {{add: , from: [y, {', '.join('x' * 20)}]}}\n",
            "`y` is [5]" + ", `x` is [4, 4, 3]" * 7 + ", …",
        ),
    ],
)
def test_operands_that_do_not_fit_are_named(layers: str, hint: str) -> None:
    (problem,) = problems(layers)
    assert problem.hint.splitlines()[-1] == hint
