"""The reference in the numbers of a dtype, rounded in several ways: a case's condition."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.parity.cases import Case, generator
from specgraph.reference.base import Array, Blur, blurred, unblurred
from specgraph.reference.interpret import Arrays, Interpreter, Run

ROUNDINGS = 3
"""How often the reference is evaluated in a dtype."""
MORE_ROUNDINGS = 12
"""How often before a gradient is called wrong: two equal candidates of a maximum, of
which rounding chooses one, are chosen alike in three of them by a chance of 1/4."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """One evaluation of the reference in a dtype."""

    interpreter: Interpreter
    run: Run
    blur: Blur

    def tangents(
        self, names: Collection[str], direction: Array, ends: Collection[str]
    ) -> dict[str, Array]:
        """The derivatives of values, as rounded as they are."""
        with blurred(self.blur):
            return self.interpreter.tangents(self.run, names, direction, ends)


def roundings(graph: Graph, weights: Arrays, case: Case, dtype: str) -> list[Rounded]:
    """The reference in a dtype, each time rounded in another way."""
    return [rounded(graph, weights, case, dtype, draw) for draw in range(ROUNDINGS)]


def rounded(
    graph: Graph, weights: Arrays, case: Case, dtype: str, draw: int
) -> Rounded:
    """The reference in a dtype: as it is, then with the last bits of all numbers moved.

    One evaluation may be right by luck.  A backend that sums in another order is off by
    what moved bits do: that is the condition of the computation.  And the slope of a
    shut gate, s (1 - s) in a backend, is off by the last bit of 1.
    """
    rng = generator(case.seed, "rounding", dtype, draw)
    last_bit = np.finfo(dtype).eps

    def moved(array: Array) -> Array:
        if not draw or array.dtype != dtype:
            return array
        factors = 1 + last_bit * rng.uniform(-1, 1, array.shape)
        return np.asarray(array * factors).astype(dtype)

    def blur(given: Array, made: Array) -> Array:
        if not np.iscomplexobj(made):
            return made
        slopes = last_bit * rng.uniform(-1, 1, made.shape)
        return np.asarray(made + 1j * slopes * given.imag).astype(made.dtype)

    given = {name: moved(array) for name, array in cast(weights, dtype).items()}
    inputs = {name: moved(array) for name, array in cast(case.inputs, dtype).items()}
    interpreter = Interpreter(graph, given, case.masks, moved)
    run = interpreter.run(inputs, case.training)
    return Rounded(interpreter, run, blur if draw else unblurred)


def cast(arrays: Arrays, dtype: str) -> dict[str, Array]:
    """Float64 arrays in a dtype, everything else as it is."""
    return {
        name: array.astype(dtype) if array.dtype == np.float64 else array
        for name, array in arrays.items()
    }
