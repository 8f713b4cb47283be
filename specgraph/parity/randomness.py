"""Whether what a framework draws by itself is what the spec says: rate and scale.

Masks handed in show what a backend does with them; this shows that its own are right.
"""

from __future__ import annotations

import numpy as np

from specgraph.ir.graph import Graph, Node
from specgraph.ops.regularize import Dropout
from specgraph.parity.cases import Case, case_of, random_inputs, sizes_of
from specgraph.parity.compare import error_of, scale_of, single_tolerance
from specgraph.parity.emitted import Emitted, Outcome
from specgraph.parity.gates import EXACT
from specgraph.parity.report import REFERENCE
from specgraph.parity.tally import Tally
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays

EXAMPLES = 256
"""Examples that are drawn for."""
DEVIATIONS = 4.892
"""Standard deviations that the share of what is kept may be off: one time in a million."""


def drawing(graph: Graph) -> list[Node]:
    """The nodes that draw."""
    return [node for node in graph.walk() if isinstance(node.op, Dropout)]


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
        rate: float = node.op.rate  # type: ignore[attr-defined]
        scale, share = _deviations(x.astype(np.float64), y.astype(np.float64), rate)
        pair = (emitted.backend, REFERENCE)
        exact = dtype == "float64"
        allowed = EXACT if exact else single_tolerance(0.0, 1)
        detail = f"what it keeps is not x / (1 - {rate:g})"
        tally.note("random", dtype, pair, made, scale, allowed, case.name, detail)
        detail = f"it keeps another share than {1 - rate:g}, in standard deviations"
        tally.note("random", dtype, pair, made, share, DEVIATIONS, case.name, detail)


def _deviations(x: Array, y: Array, rate: float) -> tuple[float, float]:
    """How far what is kept is from its value, and how far its share from the rate."""
    shown = x != 0
    kept = shown & (y != 0)
    total, count = int(shown.sum()), int(kept.sum())
    if rate in (0.0, 1.0):
        share = 0.0 if count == total * (1 - rate) else np.inf
    else:
        spread = np.sqrt(total * rate * (1 - rate))
        share = abs(count - total * (1 - rate)) / max(spread, 1.0)
    wanted = x[kept] / (1 - rate) if rate < 1 else x[kept]
    return error_of(y[kept], wanted, scale_of(wanted, 1e-12)), float(share)
