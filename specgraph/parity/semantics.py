"""Values, gradients and buffers of a case: a backend and the reference, two backends."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.parity.arrays import to_physical
from specgraph.parity.cases import Case, unused
from specgraph.parity.checks import REFERENCE
from specgraph.parity.compare import (
    FACTOR,
    error_of,
    floor_of,
    greatest,
    scale_of,
    single_tolerance,
)
from specgraph.parity.emitted import Emitted, Outcome
from specgraph.parity.gates import gate
from specgraph.parity.oracle import Oracle, twins
from specgraph.parity.rounding import MORE_ROUNDINGS, ROUNDINGS
from specgraph.parity.tally import Tally
from specgraph.reference.base import Array

Arrays = Mapping[str, Array]


def judge(
    tally: Tally,
    emitted: Emitted,
    case: Case,
    oracle: Oracle,
    found: Outcome,
    dtype: str,
) -> None:
    """Compares a backend's pass with the reference."""
    pair = (emitted.backend, REFERENCE)
    exact = dtype == "float64"
    gates = gate(tally.graph, pair)
    single = single_tolerance(oracle.single_error, oracle.depth)
    floor = floor_of(oracle.values.values())
    _completeness(tally, emitted, case, oracle, found, dtype)

    def compare(check: str, wanted: Arrays, got: Arrays, floor: float) -> None:
        for name, array in wanted.items():
            if name in got:
                error = error_of(got[name], array, scale_of(array, floor))
                detail = _shapes(got[name], array)
                allowed = gates.of_value(name) if exact else single
                tally.note(check, dtype, pair, name, error, allowed, case.name, detail)

    compare("outputs", oracle.outputs, found.outputs, floor)
    compare("layers", oracle.values, found.values, floor)
    if case.training:
        # What a pass leaves as it is does not come back.
        buffers = {n: oracle.weights[n] for n in buffers_of(tally.graph)}
        got = {n: found.weights.get(n, case.weights[n]) for n in buffers}
        compare("buffers", buffers, got, floor_of(buffers.values()))
        compare("buffers", oracle.later_outputs, found.later_outputs, floor)
    _gradients(tally, emitted, case, oracle, found, dtype)


def _gradients(
    tally: Tally,
    emitted: Emitted,
    case: Case,
    oracle: Oracle,
    found: Outcome,
    dtype: str,
) -> None:
    """Compares each gradient, along a direction, with the reference's derivative."""
    pair = (emitted.backend, REFERENCE)
    exact = dtype == "float64"
    gradients = _fitting(oracle, found)
    slopes = oracle.slopes(frozenset(gradients.keys() & oracle.values.keys()))
    wanted = {name: slopes[name].by(gradients) for name in gradients}
    scales = slope_scales(tally.graph, wanted, _all_gradients(found), exact)
    errors = {}
    for name, gradient in gradients.items():
        along = np.vdot(oracle.directions[name], gradient.astype(np.float64))
        errors[name] = error_of(np.array(along), np.array(wanted[name]), scales[name])
    if exact:
        allowed = gate(tally.graph, pair).of_gradient
        allowed = _conditioned(allowed, errors, oracle, gradients, scales)
    else:
        allowed = _single(errors, oracle, gradients, scales)
    for name, error in errors.items():
        tally.note("gradients", dtype, pair, name, error, allowed, case.name)
    for name in (
        _all_gradients(found).keys() & oracle.directions.keys() - gradients.keys()
    ):
        tally.note("gradients", dtype, pair, name, math.inf, allowed, case.name)


def _conditioned(
    allowed: float,
    errors: Mapping[str, float],
    oracle: Oracle,
    gradients: Arrays,
    scales: Mapping[str, float],
) -> float:
    """How far gradients in float64 may be off: more where the last bits say so.

    Behind a shut gate the reference, rounded as a backend is, is off as well.
    """
    if max(errors.values(), default=0.0) <= allowed:
        return allowed
    most = oracle.slope_error(gradients, scales, "float64", MORE_ROUNDINGS)
    return max(allowed, FACTOR * most)


def _single(
    errors: Mapping[str, float],
    oracle: Oracle,
    gradients: Arrays,
    scales: Mapping[str, float],
) -> float:
    """How far gradients in float32 may be off: as far as the reference's in float32."""
    for draws in (ROUNDINGS, MORE_ROUNDINGS):
        most = oracle.slope_error(gradients, scales, "float32", draws)
        allowed = single_tolerance(most, 2 * oracle.depth)
        if max(errors.values(), default=0.0) <= allowed:
            break
    return allowed


def _all_gradients(found: Outcome) -> dict[str, Array]:
    return {**found.value_gradients, **found.weight_gradients}


def _fitting(oracle: Oracle, found: Outcome) -> dict[str, Array]:
    """The gradients that have the shapes of what they are of."""
    return {
        name: gradient
        for name, gradient in _all_gradients(found).items()
        if name in oracle.directions and gradient.shape == oracle.directions[name].shape
    }


def slope_scales(
    graph: Graph, wanted: Mapping[str, float], gradients: Arrays, exact: bool
) -> dict[str, float]:
    """What the error of each derivative is measured by.

    A random direction can be nearly across: a gradient's length is what its derivative
    may be.  And a gradient can be a sum that cancels (of a bias before a batch norm): in
    float32 it is measured by what it is made of, the gradients of the next outputs.
    """
    lengths = {n: float(np.linalg.norm(g)) for n, g in gradients.items()}
    floor = floor_of([np.array(v) for v in (*wanted.values(), *lengths.values())])
    made_of: dict[str, float] = {}
    for node in () if exact else graph.walk():
        most = max(lengths.get(value.name, 0.0) for value in node.outputs.values())
        for name in (*node.weights, *(value.name for value in node.inputs)):
            made_of[name] = max(made_of.get(name, 0.0), most)
    return {
        name: max(abs(slope), lengths[name], made_of.get(name, 0.0), floor)
        for name, slope in wanted.items()
    }


def judge_pair(
    tally: Tally,
    names: tuple[str, str],
    case: Case,
    oracle: Oracle,
    first: Outcome,
    second: Outcome,
) -> None:
    """Compares two backends in float64, tensor by tensor."""
    gates = gate(tally.graph, names)

    def compare(check: str, one: Arrays, other: Arrays, floor: float) -> None:
        for name in one.keys() & other.keys():
            scale = max(greatest(one[name]), greatest(other[name]), floor)
            error = error_of(one[name], other[name], scale)
            allowed = gates.of_value(name)
            tally.note(check, "float64", names, name, error, allowed, case.name)

    floor = floor_of(oracle.values.values())
    compare("outputs", first.outputs, second.outputs, floor)
    compare("layers", first.values, second.values, floor)
    compare("buffers", first.later_outputs, second.later_outputs, floor)
    if case.training:
        titles = buffers_of(tally.graph)
        one = {n: first.weights.get(n, case.weights[n]) for n in titles}
        other = {n: second.weights.get(n, case.weights[n]) for n in titles}
        compare("buffers", one, other, floor_of(one.values()))
    _pair_of_gradients(tally, names, case, oracle, first, second)


def _pair_of_gradients(
    tally: Tally,
    names: tuple[str, str],
    case: Case,
    oracle: Oracle,
    first: Outcome,
    second: Outcome,
) -> None:
    """Compares the gradients of two backends in float64."""
    one, other = _fitting(oracle, first), _fitting(oracle, second)
    floor = floor_of([*one.values(), *other.values()])
    scales, errors = {}, {}
    for name in one.keys() & other.keys():
        twice = twins(tally.graph, name, oracle.values)
        if any((title in one) is not (title in other) for title in twice):
            continue  # that of a value which one of them has as this one is in it
        scales[name] = max(greatest(one[name]), greatest(other[name]), floor)
        errors[name] = error_of(one[name], other[name], scales[name])
    allowed = gate(tally.graph, names).of_gradient
    allowed = _conditioned(allowed, errors, oracle, one, scales)
    least = dict.fromkeys(errors, allowed)
    for name in sorted(errors, key=lambda title: -errors[title]):
        if errors[name] > least[name]:  # the worst first: one that is wrong will do
            swing = oracle.swing(name, np.sign(one[name] - other[name])) / scales[name]
            least[name] = max(allowed, FACTOR * swing)
            if errors[name] > least[name]:
                break
    for name, error in errors.items():
        tally.note("gradients", "float64", names, name, error, least[name], case.name)


def buffers_of(graph: Graph) -> list[str]:
    """The weights that a training pass may change by itself."""
    return [
        f"{node.name}.{param.name}"
        for node in graph.walk()
        for param in node.own_params
        if not param.trainable
    ]


def _completeness(
    tally: Tally,
    emitted: Emitted,
    case: Case,
    oracle: Oracle,
    found: Outcome,
    dtype: str,
) -> None:
    """Whether every value and every gradient came back, and none is NaN."""
    graph = tally.graph

    def wrong(value: str, detail: str) -> None:
        tally.wrong("structure", dtype, emitted.backend, value, detail, case.name)

    for name in graph.outputs.keys() - found.outputs.keys():
        wrong(name, f"there is no output {name!r}, only {sorted(found.outputs)}")
    for name, array in found.outputs.items():
        if name not in graph.outputs:
            wrong(name, f"the spec has no output {name!r}")
        elif found.dtypes[name] != (wanted := _dtype(graph, name, dtype)):
            wrong(name, f"output {name!r} is {found.dtypes[name]}, not {wanted}")
        elif array.shape != oracle.outputs[name].shape:
            wrong(name, _shapes(array, oracle.outputs[name]))
    idle = unused(graph)
    for name in oracle.values.keys() - found.values.keys() - graph.inputs.keys() - idle:
        wrong(name, f"{_line(emitted, name)} never gave this value")
    judged = "gradients" not in emitted.without
    for name, direction in oracle.directions.items() if judged else ():
        if name in found.value_gradients or name in found.weight_gradients:
            continue
        if (
            name in idle
            or name in emitted.plan.aliases
            or is_its_input(emitted, name, oracle.values)
            or twins(graph, name, oracle.values)
        ):
            continue
        wrong(name, f"there is no gradient {list(direction.shape)}")
    for name in found.weights.keys() - set(buffers_of(graph)):
        wrong(name, "a pass without an optimizer step changed this weight")
    for arrays in (found.outputs, found.values, found.value_gradients):
        for name, array in arrays.items():
            if array.dtype.kind == "f" and np.isnan(array).any():
                wrong(name, f"NaN in {_line(emitted, name)}")


def is_its_input(emitted: Emitted, name: str, values: Arrays) -> bool:
    """Whether a node gives what it takes, as a backend has it, in this case.

    It is one tensor there, which has one gradient.
    """
    lies = emitted.plan.values
    for node in emitted.graph.walk():
        if any(value.name == name for value in node.outputs.values()):
            made = to_physical(values[name], lies[name])
            fed = (to_physical(values[v.name], lies[v.name]) for v in node.inputs)
            return any(np.array_equal(array, made) for array in fed)
    return False


def _dtype(graph: Graph, output: str, dtype: str) -> str:
    declared = graph.outputs[output].type.dtype
    return dtype if declared == "float32" else declared


def _line(emitted: Emitted, value: str) -> str:
    tap = emitted.plan.taps.get(value)
    return f"{emitted.backend} model.py:{tap.span.line}" if tap else "model.py"


def _shapes(found: Array, wanted: Array) -> str:
    if found.shape == wanted.shape:
        return ""
    return f"the shape is {list(found.shape)}, not {list(wanted.shape)}"
