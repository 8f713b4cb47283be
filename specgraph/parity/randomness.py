"""Whether what a framework draws by itself is what the spec says: rate and scale.

Masks handed in show what a backend does with them; this shows that its own are right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from specgraph.ir.graph import Graph, Node
from specgraph.ops.base import Bound, Op
from specgraph.ops.regularize import (
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    StochasticDepth,
)
from specgraph.parity.cases import Case, case_of, random_inputs, sizes_of
from specgraph.parity.checks import REFERENCE
from specgraph.parity.compare import error_of, scale_of, single_tolerance
from specgraph.parity.emitted import Emitted, Outcome
from specgraph.parity.gates import EXACT
from specgraph.parity.tally import Tally
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays
from specgraph.reference.regularize import SELU_FLOOR

EXAMPLES = 256
"""Examples that are drawn for."""
DEVIATIONS = 4.892
"""Standard deviations that the share of what is kept may be off: one time in a million."""


def drawing(graph: Graph) -> list[Node]:
    """The nodes that draw, and whose draws show in their values."""
    return [node for node in graph.walk() if type(node.op) in JUDGES]


def random_case(graph: Graph, weights: Arrays, seed: int) -> Case:
    """A training pass of many examples."""
    inputs = random_inputs(graph, "centred", EXAMPLES, sizes_of(graph)[-1], seed)
    return case_of(graph, weights, inputs, True, seed, f"{EXAMPLES} examples")


def judge_randomness(
    tally: Tally, emitted: Emitted, case: Case, found: Outcome, dtype: str
) -> None:
    """Compares what was dropped, and what became of the rest, with the rate."""
    for node in drawing(tally.graph):
        fed, made = node.inputs.first.name, node.output.name
        x = case.inputs[fed] if fed in case.inputs else found.values.get(fed)
        y = found.values.get(made)
        if x is None or y is None:
            continue  # the checks of layers tell that
        judged = JUDGES[type(node.op)](
            node.op, x.astype(np.float64), y.astype(np.float64)
        )
        pair = (emitted.backend, REFERENCE)
        exact = dtype == "float64"
        allowed = EXACT if exact else single_tolerance(0.0, 1)
        detail = judged.rule
        tally.note(
            "random", dtype, pair, made, judged.error, allowed, case.name, detail
        )
        detail = f"{judged.law}, in standard deviations"
        off = judged.deviations
        tally.note("random", dtype, pair, made, off, DEVIATIONS, case.name, detail)


@dataclass(frozen=True, slots=True)
class Judged:
    """How far what was drawn is from what should be."""

    error: float
    """Of what became of the draws."""
    rule: str
    """What is wrong if that is too much."""
    deviations: float
    """Of the draws themselves, in standard deviations."""
    law: str
    """What is wrong if those are too many."""


Dropping = (
    Dropout | SpatialDropout1D | SpatialDropout2D | SpatialDropout3D | StochasticDepth
)


def _dropped(op: Dropping, x: Array, y: Array) -> Judged:
    """Of what drops and scales: whole groups of elements, where one draw is for all."""
    shown = x != 0
    kept = shown & (y != 0)
    drawn = op.drawn(Bound({"input": (x.shape,)}))
    along = tuple(axis for axis, size in enumerate(drawn) if size != x.shape[axis])
    groups = kept.any(along, keepdims=True)
    wanted = x * groups / (1 - op.rate) if op.rate < 1 else x
    error = error_of(y[shown], (wanted * groups)[shown], scale_of(wanted, 1e-12))
    share = _share(groups, shown.any(along, keepdims=True), op.rate)
    return Judged(error, f"what it keeps is not x / (1 - {op.rate:g})", *share)


def _alpha_dropped(op: AlphaDropout, x: Array, y: Array) -> Judged:
    rate = op.rate
    factor = ((1 - rate) * (1 + rate * SELU_FLOOR**2)) ** -0.5
    kept, floor = factor * (x - rate * SELU_FLOOR), factor * (1 - rate) * SELU_FLOOR
    if rate == 0:
        kept = x
    near = np.abs(y - kept) <= np.abs(y - floor)
    error = error_of(y, np.where(near, kept, floor), scale_of(y, 1e-12))
    rule = "what it gives is neither of what is kept nor of what is dropped"
    return Judged(error, rule, *_share(near, np.ones_like(near), rate))


def _share(kept: Array, shown: Array, rate: float) -> tuple[float, str]:
    """How far the share of what is kept is from the rate."""
    law = f"it keeps another share than {1 - rate:g}"
    total, count = int(shown.sum()), int((kept & shown).sum())
    if rate in (0.0, 1.0):
        return (0.0 if count == total * (1 - rate) else math.inf), law
    spread = math.sqrt(total * rate * (1 - rate))
    return abs(count - total * (1 - rate)) / max(spread, 1.0), law


def _gaussian_dropped(op: GaussianDropout, x: Array, y: Array) -> Judged:
    shown = x != 0
    return _normal(y[shown] / x[shown] - 1, math.sqrt(op.rate / (1 - op.rate)))


def _noisy(op: GaussianNoise, x: Array, y: Array) -> Judged:
    return _normal(y - x, op.stddev)


def _normal(noise: Array, stddev: float) -> Judged:
    """Of normal numbers: their mean, and their variance."""
    if not stddev:
        return Judged(float(np.abs(noise).max()), "it makes noise of nothing", 0.0, "")
    drawn = noise.ravel() / stddev
    mean = abs(drawn.mean()) * math.sqrt(drawn.size)
    variance = abs((drawn**2).mean() - 1) * math.sqrt(drawn.size / 2)
    law = f"its noise is not normal with a standard deviation of {stddev:g}"
    return Judged(0.0, "", float(max(mean, variance)), law)


JUDGES: dict[type[Op], Callable[[Any, Array, Array], Judged]] = {
    AlphaDropout: _alpha_dropped,
    Dropout: _dropped,
    GaussianDropout: _gaussian_dropped,
    GaussianNoise: _noisy,
    SpatialDropout1D: _dropped,
    SpatialDropout2D: _dropped,
    SpatialDropout3D: _dropped,
    StochasticDepth: _dropped,
}
"""By op, how its draws are judged by what went in and what came out."""
