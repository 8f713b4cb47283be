"""What the reference says of a case: values, buffers, derivatives, and their rounding."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from specgraph.ir.graph import Graph, Value
from specgraph.ops.base import FLOATS
from specgraph.parity.cases import Case, generator, summed
from specgraph.parity.compare import errors
from specgraph.parity.rounding import (
    MORE_ROUNDINGS,
    ROUNDINGS,
    Rounded,
    rounded,
    roundings,
)
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays, Interpreter

Tangents: TypeAlias = Callable[[Collection[str], Array], dict[str, Array]]
"""The derivatives of values as some move in a direction."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A directional derivative of the sum that is compared, at one tensor.

    It follows from the gradients of the next values: so each layer's backward pass is
    judged by what that layer was given, and a whole graph in one pass through it.
    """

    direct: float
    """By the tensor's own weight in the sum, and those of values without gradients."""
    onward: dict[str, Array]
    """What the next values do as the tensor moves."""

    def by(self, gradients: Arrays) -> float:
        """The derivative, by the gradients of the next values."""
        ahead = (np.vdot(t, gradients[name]) for name, t in self.onward.items())
        return float(self.direct + sum(ahead))


@dataclass(slots=True)
class Oracle:
    """The reference's account of one case."""

    graph: Graph
    case: Case
    weights: dict[str, Array]
    """After a training pass: those of before, with the new buffers."""
    outputs: dict[str, Array]
    later_outputs: dict[str, Array]
    """By output, an inference after the training pass; empty without buffers."""
    directions: dict[str, Array]
    """By weight and value that has a gradient, the direction of its derivative."""
    singles: list[Rounded]
    """The reference in float32."""
    single_error: float
    """The worst error of a value that the reference makes in float32."""
    depth: int
    cotangents: dict[str, Array]
    """By value, its weight in the sum whose derivatives these are."""
    _traced: dict[object, dict[str, Slope]] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, Array]:
        """Every value."""
        return self.case.reference.values

    def slopes(self, ends: frozenset[str]) -> dict[str, Slope]:
        """The derivative at every tensor, by the gradients of the values in `ends`."""

        def tangents(names: Collection[str], direction: Array) -> dict[str, Array]:
            return exact.tangents(self.case.reference, names, direction, ends)

        exact = Interpreter(self.graph, self.case.weights, self.case.masks)
        if ends not in self._traced:
            self._traced[ends] = self._trace(ends, tangents)
        return self._traced[ends]

    def slope_error(
        self,
        gradients: Arrays,
        scales: Mapping[str, float],
        dtype: str,
        draws: int = ROUNDINGS,
    ) -> float:
        """The worst error of a derivative that the reference makes in a dtype."""
        ends = frozenset(gradients.keys() & self.values.keys())
        exact = self.slopes(ends)
        found = (
            abs(slopes[name].by(gradients) - exact[name].by(gradients)) / scale
            for slopes in self._rounded_slopes(ends, dtype, draws)
            for name, scale in scales.items()
        )
        return max(found, default=0.0)

    def swing(self, name: str, direction: Array) -> float:
        """How far rounding in float64 moves the sum's derivative in one direction.

        Far where equal numbers compete in a maximum, and the last bit decides.
        """
        exact = Interpreter(self.graph, self.case.weights, self.case.masks)
        whole = frozenset[str]()
        moved = exact.tangents(self.case.reference, [name], direction, whole)
        wanted = self._slope(name, moved, whole).direct
        found = (
            self._slope(name, one.tangents([name], direction, whole), whole).direct
            for one in map(self._rounded_in("float64"), range(MORE_ROUNDINGS))
        )
        return max(abs(slope - wanted) for slope in found)

    def _rounded_slopes(
        self, ends: frozenset[str], dtype: str, draws: int
    ) -> list[dict[str, Slope]]:
        """The derivatives in a dtype, each time rounded in another way."""
        key = (ends, dtype)
        for number in range(draws):
            if (key, number) not in self._traced:
                one = self._rounded_in(dtype)(number)

                def tangents(
                    names: Collection[str], direction: Array, one: Rounded = one
                ) -> dict[str, Array]:
                    return one.tangents(names, direction.astype(dtype), ends)

                self._traced[key, number] = self._trace(ends, tangents)
        return [self._traced[key, number] for number in range(draws)]

    def _rounded_in(self, dtype: str) -> Callable[[int], Rounded]:
        """The reference in a dtype, by the number of the rounding."""

        def found(number: int) -> Rounded:
            if dtype == "float32" and number < len(self.singles):
                return self.singles[number]
            return rounded(self.graph, self.case.weights, self.case, dtype, number)

        return found

    def _trace(self, ends: frozenset[str], tangents: Tangents) -> dict[str, Slope]:
        found = {}
        for name, direction in self.directions.items():
            moved = tangents((name, *self._merged(name, ends)), direction)
            found[name] = self._slope(name, moved, ends)
        return found

    def _slope(self, name: str, moved: Arrays, ends: frozenset[str]) -> Slope:
        """The slope at a tensor, by what moves as it does."""
        onward = {t: a for t, a in moved.items() if t in ends and t != name}
        direct = sum(
            np.vdot(self.cotangents[title], tangent)
            for title, tangent in moved.items()
            if title not in onward and title in self.cotangents
        )
        return Slope(float(direct), onward)

    def _merged(self, name: str, ends: frozenset[str]) -> list[str]:
        """The values that a backend has as this one: their node gives both."""
        if name not in ends:
            return []
        return [one for one in twins(self.graph, name, self.values) if one not in ends]


def consult(graph: Graph, weights: Arrays, case: Case) -> Oracle:
    """What the reference says of a case."""
    run = case.reference
    after = {**weights, **run.buffers}
    later: dict[str, Array] = {}
    if run.buffers:
        values = Interpreter(graph, after).run(case.inputs).values
        later = outputs_of(graph, values)
    shapes = {n: a.shape for n, a in (*weights.items(), *run.values.items())}
    slanted = [*trained_weights(graph), *float_values(graph)] if case.cotangents else []
    singles = roundings(graph, weights, case, "float32")
    wrongs = [errors(one.run.values, run.values).values() for one in singles]
    return Oracle(
        graph=graph,
        case=case,
        weights=after,
        outputs=outputs_of(graph, run.values),
        later_outputs=later,
        directions={n: direction_of(case.seed, n, shapes[n]) for n in slanted},
        singles=singles,
        single_error=max((max(one, default=0.0) for one in wrongs), default=0.0),
        depth=depth_of(graph, case),
        cotangents=by_value(graph, case.cotangents),
    )


def by_value(graph: Graph, cotangents: Arrays) -> dict[str, Array]:
    """The weight of each value in the sum, as itself and as an output."""
    found: dict[str, Array] = {}
    for key, name in summed(graph):
        if key in cotangents:
            weight = cotangents[key]
            found[name] = found[name] + weight if name in found else weight
    return found


def outputs_of(graph: Graph, values: Arrays) -> dict[str, Array]:
    """The values of the outputs by output name."""
    return {name: values[value.name] for name, value in graph.outputs.items()}


def float_values(graph: Graph) -> list[str]:
    """The values that have gradients of their own.

    No framework tracks what depends on nothing but integers and frozen weights.
    """
    found = [e.name for e in graph.inputs.values() if _slopes_to(graph, e.value)]
    derived = {e.name for e in graph.inputs.values() if e.value.type.dtype in FLOATS}
    for node in graph.walk():
        if node.trained or any(value.name in derived for value in node.inputs):
            floats = [v for v in node.outputs.values() if v.type.dtype in FLOATS]
            derived |= {value.name for value in floats}
            found += [value.name for value in floats]
    return found


def twins(graph: Graph, name: str, values: Arrays) -> list[str]:
    """The other values of a node that are equal to this one, in a case."""
    for node in graph.walk():
        titles = [value.name for value in node.outputs.values()]
        if name in titles:
            others = [one for one in titles if one != name]
            return [o for o in others if np.array_equal(values[o], values[name])]
    return []


def _slopes_to(graph: Graph, value: Value) -> bool:
    """Whether a model input is of floats, and some floats change with it.

    Through what is flat, and through comparisons, TensorFlow has no gradient at all.
    """
    if value.type.dtype not in FLOATS:
        return False
    makers = [node for node in graph.walk() if value in node.inputs]
    return not makers or any(
        not node.op.flat and made.type.dtype in FLOATS
        for node in makers
        for made in node.outputs.values()
    )


def has_gradients(graph: Graph) -> bool:
    """Whether anything has a gradient: something to follow, and numbers to reach."""
    followed = trained_weights(graph) or float_values(graph)
    return bool(followed and summed(graph))


def trained_weights(graph: Graph) -> list[str]:
    """The weights that have gradients."""
    _, idle = graph.idle()
    return [path for path in graph.parameters(trainable=True) if path not in idle]


def direction_of(seed: int, name: str, shape: tuple[int, ...]) -> Array:
    """A random direction: every element is 1 or -1."""
    signs = generator(seed, "direction", name).integers(0, 2, shape, dtype=np.int8)
    return np.asarray(2.0 * signs - 1.0)


def depth_of(graph: Graph, case: Case) -> int:
    """The nodes on the longest way through a graph; a recurrent one counts its steps."""
    depths: dict[str, int] = {}
    for node in graph.walk():
        before = max((depths.get(value.name, 0) for value in node.inputs), default=0)
        steps = 1
        if hasattr(node.op, "go_backwards"):
            steps = case.reference.values[node.inputs.first.name].shape[1]
        for value in node.outputs.values():
            depths[value.name] = before + steps
    return max(depths.values(), default=1)
