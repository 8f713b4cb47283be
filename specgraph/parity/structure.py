"""Whether a model has the tensors that the plan says, and carries weights unharmed."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.lower.slots import Ignored, Slot
from specgraph.parity.cases import unused
from specgraph.parity.checks import REFERENCE
from specgraph.parity.emitted import Emitted
from specgraph.parity.pool import Result
from specgraph.parity.tally import Tally
from specgraph.reference.base import Array
from specgraph.weights.slots import SlotError, all_from_framework


def marked_weights(graph: Graph, dtype: str) -> dict[str, Array]:
    """Canonical tensors in which no number comes twice: successive bit patterns."""
    kind = np.uint64 if dtype == "float64" else np.uint32
    one = np.ones(1, dtype).view(kind)[0]
    found: dict[str, Array] = {}
    start = 0
    for path, param in graph.parameters().items():
        pattern = np.arange(start, start + param.size, dtype=kind) + one
        found[path] = pattern.view(dtype).reshape(param.shape)
        start += param.size
    return found


def judge_structure(
    tally: Tally,
    emitted: Emitted,
    marked: Mapping[str, Array],
    result: Result,
    dtype: str,
) -> None:
    """Compares what a model says of itself, and the weights it was given, with the plan."""
    tensors = weights_in(result)
    tally.expect("structure", dtype, (emitted.backend, REFERENCE))
    for value, detail in _differences(emitted, tensors, result.trained, dtype):
        tally.wrong("structure", dtype, emitted.backend, value, detail)
    tally.note("structure", dtype, (emitted.backend, REFERENCE), "", 0.0, 0.0)
    judge_round_trip(tally, emitted, marked, tensors, dtype)


def weights_in(result: Result) -> dict[str, Array]:
    """The framework's tensors in a job's result, by key."""
    return {
        key.partition(":")[2]: array
        for key, array in result.arrays.items()
        if key.startswith("weight:")
    }


def _differences(
    emitted: Emitted, tensors: Mapping[str, Array], trained: tuple[str, ...], dtype: str
) -> list[tuple[str, str]]:
    """What is not as the plan says: the value, and a sentence."""
    found = []
    slots = emitted.plan.slots
    for key in tensors.keys() - slots.keys():
        found.append(("", f"the plan knows no tensor {key!r}"))
    for key, slot in slots.items():
        paths = [piece.param for piece in slot.pieces] if isinstance(slot, Slot) else []
        path = paths[0] if paths else ""
        if key not in tensors:
            if not isinstance(slot, Ignored):
                found.append((path, f"the model has no tensor {key!r}"))
            continue
        if paths and str(tensors[key].dtype) != dtype:
            found.append((path, f"{key} is {tensors[key].dtype}, not {dtype}"))
    wanted = emitted.graph.parameters(trainable=True)
    held = {
        piece.param
        for key in trained
        if isinstance(owner := slots.get(key), Slot)
        for piece in owner.pieces
    }
    _, idle = emitted.graph.idle()
    dropped = [path for path in wanted if path in idle and path not in held]
    for path in wanted.keys() - held - set(dropped):
        found.append((path, f"{path} is not trained"))
    for path in held - wanted.keys():
        found.append((path, f"{path} is trained, but should be frozen"))
    count = sum(tensors[key].size for key in trained if key in tensors)
    numbers = emitted.graph.count() - sum(wanted[path].size for path in dropped)
    if count != numbers:
        message = f"{count} trainable numbers, not {numbers}"
        found.append(("", message))
    return found


def judge_round_trip(
    tally: Tally,
    emitted: Emitted,
    marked: Mapping[str, Array],
    tensors: Mapping[str, Array],
    dtype: str,
) -> None:
    """Whether canonical weights come back from a model byte for byte."""
    pair = (emitted.backend, REFERENCE)
    try:
        back = all_from_framework(emitted.plan, tensors)
    except (SlotError, KeyError) as problem:
        tally.wrong("weights", dtype, emitted.backend, "", str(problem))
        return
    _, idle = tally.graph.idle()
    for path, array in marked.items():
        if path not in back and path in idle:
            continue  # a layer that no output follows from, which the backend drops
        error = _differing(array, back[path])
        detail = "the numbers that were put in do not come back" if error else ""
        tally.note("weights", dtype, pair, path, error, 0.0, detail=detail)


def _differing(put: Array, back: Array) -> float:
    """The share of elements whose bytes differ; infinite for another shape or dtype."""
    if put.shape != back.shape or put.dtype != back.dtype:
        return math.inf
    bits = np.uint64 if put.dtype == np.float64 else np.uint32
    return float((put.view(bits) != back.view(bits)).mean())


def misfit(emitted: Emitted) -> str:
    """How a plan does not have each weight once, and each value; "" if it does."""
    weights = emitted.graph.parameters()
    held: dict[str, int] = dict.fromkeys(weights, 0)
    for key, slot in emitted.plan.slots.items():
        for piece in slot.pieces if isinstance(slot, Slot) and not slot.again else ():
            if piece.param not in held:
                return f"{key} holds {piece.param!r}, which the spec does not have"
            held[piece.param] += 1
    _, idle = emitted.graph.idle()
    for path, count in held.items():
        if count != 1 and (count or path not in idle):
            return f"the tensors of {emitted.backend} hold {path} {count} times"
    plan, graph = emitted.plan, emitted.graph
    for name in graph.outputs.keys() - plan.doors.keys():
        return f"the plan does not say how output {name} leaves the model"
    made = {value.name for value in graph.values()} - graph.inputs.keys()
    for name in made - unused(graph) - plan.taps.keys() - plan.aliases.keys():
        return f"the plan does not say where {name} comes to be"
    return ""
