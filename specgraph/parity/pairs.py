"""Two backends in training: their losses and weights, step by step, in float64.

Training can be chaotic: where a step is large for its batch, what rounding does at first
grows manyfold at every step, until two right programs have nothing in common.  Where
two backends differ, one of them is run again from weights whose last bits are moved, and
what that changes is how far rounding may carry; beyond `COMPARABLE` steps say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.parity.cases import generator
from specgraph.parity.compare import error_of, greatest, scale_of
from specgraph.parity.gates import gate
from specgraph.parity.semantics import buffers_of
from specgraph.parity.tally import Pair, Tally
from specgraph.parity.training import BUFFER_FLOOR, Step, loss_error
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays

NOISE = 1e-10
"""A gradient this much below the greatest is zero but for rounding."""
LAST_BITS = 2.0**-44
"""By how much weights are moved: more than rounding, far less than any formula."""
FIRST = 1e-11
"""What rounding explains after the first step, at most."""
FACTOR = 10.0
"""By how much two backends may differ more than a run and the same run, moved."""
COMPARABLE = 1e-3
"""What may be allowed and still tell a right program from a wrong one."""


@dataclass(slots=True)
class PairJudge:
    """Compares the next step of two backends with each other.

    An optimizer such as Adam makes whole steps of gradients that are zero but for
    rounding (of a bias before a batch norm).  Such weights, and the buffers that follow
    them, are left to the comparison with NumPy on the same gradients.
    """

    tally: Tally
    names: Pair
    steps: int
    drift: Sequence[float] = ()
    """By step, how far a run gets from the same run, moved; nothing if not asked for."""
    noisy: set[str] = field(default_factory=set)
    failed: bool = False
    first: float = 0.0
    """The greatest error after the first step."""

    def judge(self, number: int, one: Step, other: Step) -> None:
        """Compares the next step."""
        graph = self.tally.graph
        found = differences(graph, one, other, self.noisy)
        if not number:
            self.first = max(found.values())
        allowed = self._allowed(number)
        if allowed > COMPARABLE:
            self._leave(number)
            return
        for name, error in found.items():
            self.failed |= not error <= allowed
            case = f"step {number + 1}"
            args = (name, error, allowed, case)
            self.tally.note("train", "float64", self.names, *args)

    def _allowed(self, number: int) -> float:
        always = gate(self.tally.graph, self.names).of_gradient * self.steps
        if not self.drift or not number:
            return always
        growth = self.drift[number] / self.drift[0] if self.drift[0] else 1.0
        carried = growth * min(self.first, FIRST)
        return max(always, FACTOR * max(self.drift[number], carried))

    def _leave(self, number: int) -> None:
        """Says of a step that it is not compared."""
        title = f"step {number + 1} of {' and '.join(self.names)}"
        reason = (
            f"training is chaotic: moving the weights by {LAST_BITS:.0e} moves them by "
            f"{self.drift[number]:.0e} here; each is held against NumPy's optimizer"
        )
        self.tally.skip(title, reason)


def differences(
    graph: Graph, one: Step, other: Step, noisy: set[str]
) -> dict[str, float]:
    """The errors between two steps, of the loss and of every weight.

    Adds to `noisy` the weights that are left out from here on.
    """
    assert graph.training is not None
    noisy |= _noise(one) | _noise(other)
    if noisy:
        noisy |= set(buffers_of(graph))
    found = {"loss": loss_error(one.loss, other.loss)}
    rate = graph.training.optimizer.learning_rate
    for name in (one.weights.keys() & other.weights.keys()) - noisy:
        scale = max(rate, scale_of(one.weights[name], BUFFER_FLOOR))
        found[name] = error_of(one.weights[name], other.weights[name], scale)
    return found


def moved(weights: Arrays, seed: int) -> dict[str, Array]:
    """The weights with their last bits moved at random."""
    return {
        name: array
        * (1 + LAST_BITS * generator(seed, "moved", name).normal(size=array.shape))
        for name, array in weights.items()
    }


def drift_of(graph: Graph, run: Sequence[Step], again: Sequence[Step]) -> list[float]:
    """By step, how far a run is from the same run, moved; it does not fall."""
    noisy: set[str] = set()
    found = [
        max(differences(graph, one, other, noisy).values())
        for one, other in zip(run, again, strict=True)
    ]
    return list(np.maximum.accumulate(found))


def _noise(step: Step) -> set[str]:
    """The weights whose gradients are nothing but rounding."""
    sizes = {name: greatest(array) for name, array in step.gradients.items()}
    most = max(sizes.values(), default=0.0)
    return {name for name, size in sizes.items() if 0 < size < NOISE * most}
