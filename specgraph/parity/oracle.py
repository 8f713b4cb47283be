"""What the reference says of a case: values, buffers, derivatives, and their rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from specgraph.ir.graph import Graph, Value
from specgraph.ops.base import FLOATS
from specgraph.parity.cases import Case, generator, summed
from specgraph.parity.compare import errors, floor_of
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays, Interpreter, Objective


@dataclass(frozen=True, slots=True)
class Slope:
    """A directional derivative of the objective at one tensor."""

    direction: Array
    value: float
    single: float
    """The same in float32."""

    def of(self, gradient: Array) -> float:
        """The derivative in this direction, by a gradient."""
        return float(np.vdot(self.direction, gradient.astype(np.float64)))


@dataclass(frozen=True, slots=True)
class Oracle:
    """The reference's account of one case."""

    values: dict[str, Array]
    weights: dict[str, Array]
    """After a training pass: those of before, with the new buffers."""
    outputs: dict[str, Array]
    later_outputs: dict[str, Array]
    """By output, an inference after the training pass; empty without buffers."""
    slopes: dict[str, Slope]
    single_error: float
    """The worst error of a value that the reference makes in float32."""
    single_slope_error: float
    depth: int


def consult(graph: Graph, weights: Arrays, case: Case, trained: list[str]) -> Oracle:
    """What the reference says of a case; derivatives at `trained` and at every value."""
    exact = Interpreter(graph, weights, case.masks)
    single = Interpreter(graph, halved(weights), case.masks)
    run = case.reference
    single_run = single.run(halved(case.inputs), case.training)
    objective = projection(graph, case.cotangents)
    single_objective = projection(graph, halved(case.cotangents))
    slopes = {}
    if case.cotangents:
        for name in [*trained, *float_values(graph)]:
            shape = weights[name].shape if name in weights else run.values[name].shape
            direction = direction_of(case.seed, name, shape)
            slopes[name] = Slope(
                direction,
                exact.slope(run, {name: direction}, objective),
                single.slope(single_run, {name: direction}, single_objective),
            )
    after = {**weights, **run.buffers}
    later: dict[str, Array] = {}
    if run.buffers:
        values = Interpreter(graph, after).run(case.inputs).values
        later = outputs_of(graph, values)
    return Oracle(
        values=run.values,
        weights=after,
        outputs=outputs_of(graph, run.values),
        later_outputs=later,
        slopes=slopes,
        single_error=max(errors(single_run.values, run.values).values(), default=0.0),
        single_slope_error=slope_error(slopes),
        depth=depth_of(graph, case),
    )


def projection(graph: Graph, cotangents: Mapping[str, Array]) -> Objective:
    """The sum of values by weights of theirs."""
    names = dict(summed(graph))

    def objective(values: Arrays, _: Arrays) -> Array:
        terms = [(w * values[names[key]]).sum() for key, w in cotangents.items()]
        return np.asarray(sum(terms))

    return objective


def outputs_of(graph: Graph, values: Arrays) -> dict[str, Array]:
    """The values of the outputs by output name."""
    return {name: values[value.name] for name, value in graph.outputs.items()}


def float_values(graph: Graph) -> list[str]:
    """The values that have gradients of their own.

    No framework tracks what depends on nothing but integers and frozen weights.  Of a
    node's several outputs a framework may make one from another (the last state
    out of all, all out of the last); then what follows from one counts for both.
    """
    found = [e.name for e in graph.inputs.values() if _slopes_to(graph, e.value)]
    derived = {e.name for e in graph.inputs.values() if e.value.type.dtype in FLOATS}
    for node in graph.walk():
        trained = node.trainable and any(param.trainable for param in node.params)
        if trained or any(value.name in derived for value in node.inputs):
            floats = [v for v in node.outputs.values() if v.type.dtype in FLOATS]
            derived |= {value.name for value in floats}
            found += [value.name for value in floats if len(node.outputs) == 1]
    return found


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


def trained_weights(graph: Graph) -> list[str]:
    """The weights that have gradients."""
    return list(graph.parameters(trainable=True))


def direction_of(seed: int, name: str, shape: tuple[int, ...]) -> Array:
    """A random direction: every element is 1 or -1."""
    signs = generator(seed, "direction", name).integers(0, 2, shape, dtype=np.int8)
    return np.asarray(2.0 * signs - 1.0)


def slope_error(slopes: Mapping[str, Slope]) -> float:
    """The worst error of a derivative that the reference makes in float32."""
    if not slopes:
        return 0.0
    floor = floor_of([np.array([slope.value for slope in slopes.values()])])
    return max(
        abs(s.single - s.value) / max(abs(s.value), floor) for s in slopes.values()
    )


def halved(arrays: Arrays) -> dict[str, Array]:
    """Float64 arrays in float32, everything else as it is."""
    return {
        name: array.astype(np.float32) if array.dtype == np.float64 else array
        for name, array in arrays.items()
    }


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
