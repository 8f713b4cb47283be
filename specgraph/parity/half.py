"""Half precision, which is opt-in: is a backend as good as its numbers allow?

Weights and inputs are rounded to the dtype first, so that all see one model; the
reference computes it in float64, and once more with every value rounded as the dtype
rounds it.  A backend may be off by four times what that does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.ops.base import FLOATS
from specgraph.parity.cases import Case, generator
from specgraph.parity.checks import REFERENCE
from specgraph.parity.compare import FACTOR, error_of, errors, floor_of, scale_of
from specgraph.parity.emitted import Emitted, Outcome
from specgraph.parity.oracle import depth_of, outputs_of
from specgraph.parity.pool import Pool, WorkerFailed
from specgraph.parity.tally import Tally
from specgraph.parity.trial import Trial
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays, Interpreter

HALVES = ("bfloat16", "float16")
BITS = {"bfloat16": 8, "float16": 11}
"""Of the significand, the leading one counted."""
STEPS = 8.0
"""Roundings that are always allowed, by the square root of the depth."""
DRAWS = 3
"""How often the rounding is emulated: as it is, and with last bits moved."""
NO_KERNEL = (
    "not implemented for",
    "Could not find device for node",
    "No OpKernel was registered",
    "Value for attr",
    "not supported for half",
    "expected scalar type",
    "Unsupported dtype",
    "is not in the list of allowed values",
)
"""What frameworks say of an op that they cannot compute in a dtype."""


def narrowed(array: Array, dtype: str) -> Array:
    """The nearest numbers of half precision, as float64; what is no float stays."""
    if array.dtype.kind != "f":
        return array
    with np.errstate(over="ignore"):
        if dtype == "float16":
            return array.astype(np.float16).astype(np.float64)
        bits = array.astype(np.float32).view(np.uint32)
        carried = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
        cut = (carried & np.uint32(0xFFFF0000)).view(np.float32)
        return np.where(np.isfinite(array), cut, array).astype(np.float64)


def submit_half(trial: Trial, emitted: Emitted, dtype: str, pool: Pool) -> None:
    """Hands the passes of all cases in half precision to the worker."""
    worker = pool.start(emitted.worker, dtype)
    given = {name: narrowed(array, dtype) for name, array in trial.weights.items()}
    weights = pool.store("weights", emitted.weights(given, "float32"))
    trial.files.append(weights)
    for number, case in enumerate(trial.cases):
        arrays = emitted.inputs(narrow(case, dtype), "float32")
        job = {
            "kind": "run",
            "model": emitted.model,
            "weights": weights,
            "arrays": pool.store("inputs", arrays),
            "training": case.training,
            "later": False,
        }
        trial.halves[emitted.backend, dtype, number] = worker.submit(job)


def narrow(case: Case, dtype: str) -> Case:
    """A case with its inputs in half precision, and without gradients."""
    inputs = {name: narrowed(array, dtype) for name, array in case.inputs.items()}
    return replace(case, inputs=inputs, cotangents={})


@dataclass(frozen=True, slots=True)
class Emulated:
    """What the reference makes of a case in half precision."""

    values: Mapping[str, Array]
    """In float64, of weights and inputs in half precision."""
    outputs: Mapping[str, Array]
    allowed: float
    """How far a backend may be off; no number where the dtype does not reach."""


def emulate(graph: Graph, weights: Arrays, case: Case, dtype: str) -> Emulated:
    """The reference of a case in half precision, and how far rounding carries."""
    given = {name: narrowed(array, dtype) for name, array in weights.items()}
    inputs = narrow(case, dtype).inputs
    exact = Interpreter(graph, given, case.masks).run(inputs, case.training).values
    worst = 0.0
    for draw in range(DRAWS):
        rng = generator(case.seed, "half", dtype, draw)

        def moved(
            array: Array, draw: int = draw, rng: np.random.Generator = rng
        ) -> Array:
            if array.dtype.kind != "f":
                return array
            if draw:
                last = 2.0 ** -BITS[dtype]
                array = array * (1 + last * rng.uniform(-1, 1, array.shape))
            return narrowed(array, dtype)

        run = Interpreter(graph, given, case.masks, moved).run(inputs, case.training)
        off = errors(run.values, exact).values()
        worst = max(worst, *off) if off else worst
    least = STEPS * 2.0 ** -BITS[dtype] * math.sqrt(depth_of(graph, case))
    return Emulated(exact, outputs_of(graph, exact), max(FACTOR * worst, least))


def judge_half(
    tally: Tally,
    emitted: Emitted,
    case: Case,
    wanted: Emulated,
    found: Outcome,
    dtype: str,
) -> None:
    """Compares the floats of a pass in half precision with the reference."""
    pair = (emitted.backend, REFERENCE)
    if not math.isfinite(wanted.allowed) or wanted.allowed > 1.0:
        reason = f"{dtype} does not reach: rounding alone changes all of a value"
        tally.skip(f"{dtype}, case {case.name}", reason)
        return
    floor = floor_of(wanted.values.values())
    floats = {
        value.name for value in tally.graph.values() if value.type.dtype in FLOATS
    }

    def compare(check: str, one: Mapping[str, Array], got: Mapping[str, Array]) -> None:
        for name, array in one.items():
            if array.dtype.kind == "f" and name in got:
                error = error_of(got[name], array, scale_of(array, floor))
                allowed = wanted.allowed
                tally.note(check, dtype, pair, name, error, allowed, case.name)

    compare("outputs", wanted.outputs, found.outputs)
    values = {name: a for name, a in wanted.values.items() if name in floats}
    compare("layers", values, found.values)


def judge_halves(trial: Trial) -> Iterator[tuple[str, str, WorkerFailed, str]]:
    """Judges all passes in half precision; gives the failed ones, with the case.

    A backend without a kernel for an op is not tried further in a dtype.
    """
    emulated: dict[tuple[str, int], Emulated] = {}
    lacking: set[tuple[str, str]] = set()
    for (name, dtype, number), future in trial.halves.items():
        case, emitted = trial.cases[number], trial.emitted[name]
        if (name, dtype) in lacking:
            future.cancel()
            continue
        try:
            result = future.result()
        except WorkerFailed as failure:
            if no_kernel(failure):
                lacking.add((name, dtype))
                reason = f"{name} has no kernel: {str(failure).splitlines()[-1]}"
                trial.tally.skip(f"{dtype} of {name}", reason)
            else:
                yield name, dtype, failure, case.name
            continue
        if (dtype, number) not in emulated:
            made = emulate(trial.graph, trial.weights, case, dtype)
            emulated[dtype, number] = made
        outcome = emitted.outcome(result.arrays, case)
        wanted = emulated[dtype, number]
        judge_half(trial.tally, emitted, case, wanted, outcome, dtype)


def no_kernel(failure: WorkerFailed) -> bool:
    """Whether a framework says that it cannot compute an op in a dtype."""
    return not failure.died and any(words in str(failure) for words in NO_KERNEL)
