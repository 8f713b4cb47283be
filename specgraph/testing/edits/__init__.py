"""Changes to random specs, each kept only where the spec is still a good one.

They bring in what a layer's types alone do not: uses of one layer's weights, turns that
differ, blocks in blocks, values that depend on parameters, variants, libraries.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads
from specgraph.spec.dump import dump
from specgraph.testing.edits import parameters, turns, uses, weights
from specgraph.testing.edits.places import fresh
from specgraph.testing.sight import Data

Edit = Callable[[st.DrawFn, Data], None]

MOST = 8
EDITS: tuple[Edit, ...] = (
    turns.repeat,
    turns.wrap,
    turns.lists,
    turns.vary,
    turns.every,
    weights.weigh,
    weights.look_up,
    weights.share,
    weights.tie,
    parameters.parameter,
    parameters.passed,
    parameters.flag,
    parameters.expression,
    parameters.fill,
    parameters.variant,
    uses.extract,
    uses.recall,
    uses.outputs,
    uses.inputs,
)


def edited(draw: st.DrawFn, data: Data) -> Data:
    """The spec after some changes, those that make it a bad one left out."""
    for _ in range(draw(st.integers(0, MOST))):
        edit = draw(st.sampled_from(EDITS))
        changed = fresh(data)
        edit(draw, changed)
        if changed != data and compiles(changed):
            data = changed
    return data


def compiles(data: Data) -> bool:
    """Whether a spec is good, and each of its variants."""
    text = dump(data)
    try:
        for variant in ("", *data.get("variants", ())):
            compile_spec(loads(text, variant=variant))
    except SpecError:
        return False
    return True
