"""Whether a new model's weights are what the spec's initializers say.

What is not random is compared number by number; what is drawn, by its distribution:
frameworks draw other numbers from one seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from specgraph.lower.slots import Ignored
from specgraph.ops.base import Param
from specgraph.parity.compare import error_of, greatest
from specgraph.parity.emitted import Emitted
from specgraph.parity.evidence import layer_line, spec_line
from specgraph.parity.laws import SURPRISE, law_of, seen
from specgraph.parity.tally import Tally
from specgraph.reference.base import Array
from specgraph.reference.spectral_norm import as_matrix
from specgraph.reference.training import initialize
from specgraph.reference.weight_norm import lengths
from specgraph.training.derived import Derived, Lengths, Singular
from specgraph.training.initializers import Initializer, Orthogonal
from specgraph.weights.slots import SlotError, from_framework

WRITTEN = 1e-6
"""How far numbers may be off that a framework rounds to float32, by the greatest."""
COMPUTED = 1e-4
"""How far they may be off where a framework computes them in float32."""

NEAR = 0.4
"""How much of a spectral norm some power iterations find, whatever they start from."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A tensor that does not start as it should: its weight, its key, and a sentence."""

    path: str
    key: str
    detail: str


def judge_starts(
    tally: Tally, emitted: Emitted, tensors: Mapping[str, Array], dtype: str
) -> None:
    """Compares the tensors of a model that was just built with the initializers."""
    faults = list(_faults(emitted, tensors))
    if not faults:
        return
    first = faults[0]
    lines = [first.detail, *_places(emitted, first)]
    others = dict.fromkeys(f.path for f in faults if f.path not in ("", first.path))
    if others:
        lines.append(f"others that start wrong: {', '.join(others)}")
    tally.wrong("weights", dtype, emitted.backend, first.path, "\n".join(lines))


def _faults(emitted: Emitted, tensors: Mapping[str, Array]) -> Iterator[Fault]:
    """The tensors that start wrong; what is no tensor of the plan is told elsewhere."""
    found: dict[str, Array] = {}
    keys: dict[str, str] = {}
    name = emitted.backend
    for key, slot in emitted.plan.slots.items():
        if isinstance(slot, Ignored) or key not in tensors:
            continue
        try:
            held = from_framework(slot, tensors[key], emitted.shapes)
        except SlotError as problem:
            yield Fault("", key, f"in a new model of {name}, {problem}")
            continue
        found = held | found
        keys = dict.fromkeys(held, key) | keys
    for path, param in emitted.graph.parameters().items():
        if path not in found or not found[path].size:
            continue
        for title, part, said in _differences(path, param, found):
            sentence = f"{title} starts {seen(part)} in {name}, the spec says {said}"
            yield Fault(path, keys[path], sentence)


def _differences(
    path: str, param: Param, found: Mapping[str, Array]
) -> Iterator[tuple[str, Array, str]]:
    """The parts of a weight that start wrong: a title, the part, what the spec says."""
    array, initializer = found[path], param.initializer
    if isinstance(initializer, Derived):
        other = found.get(f"{path.rpartition('.')[0]}.{initializer.weight}")
        said = "" if other is None else _unlike(initializer, array, other)
        if said:
            yield path, array, f"{said} ({initializer.label})"
        return
    if not param.gates or not _by_gate(param):
        parts = [(path, initializer, array)]
    else:
        other_gates = dict(param.gate_initializers)
        blocks = np.split(array, len(param.gates), -1)
        parts = [
            (f"gate {gate} of {path}", other_gates.get(gate, initializer), block)
            for gate, block in zip(param.gates, blocks, strict=True)
        ]
    for title, start, part in parts:
        shape = param.shape if start is initializer else part.shape
        said = _refuted(start, shape, part)
        if said:
            yield title, part, f"{said} ({start.label})"


def _unlike(initializer: Derived, array: Array, other: Array) -> str:
    """What another weight says of this one, if this one is something else."""
    if isinstance(initializer, Lengths):
        wanted = lengths(other, initializer.axis).reshape(array.shape)
        fits = error_of(array, wanted, greatest(wanted)) <= COMPUTED
        return "" if fits else f"the lengths of the {initializer.weight}'s parts"
    assert isinstance(initializer, Singular)
    matrix = as_matrix(other.astype(np.float64), initializer.axis)
    matrix = matrix if initializer.side == "columns" else matrix.T
    vector = array.reshape(-1).astype(np.float64)
    norm = np.linalg.norm(matrix, 2)
    unit = abs(np.linalg.norm(vector) - 1) <= COMPUTED
    if not norm or (unit and np.linalg.norm(matrix @ vector) >= NEAR * norm):
        return ""
    return f"about a singular vector of the {initializer.weight}"


def _by_gate(param: Param) -> bool:
    """Whether each gate's block starts by itself."""
    drawn = law_of(param.initializer, param.shape) is not None
    return drawn or bool(param.gate_initializers)


def _refuted(initializer: Initializer, shape: tuple[int, ...], array: Array) -> str:
    """What an initializer makes of a shape, if this part of it is something else."""
    law = law_of(initializer, shape)
    if law is not None:
        return "" if law.explains(array) else str(law)
    if isinstance(initializer, Orthogonal):
        fits = _is_orthogonal(array, initializer.gain)
        return "" if fits else f"orthogonal rows or columns of {initializer.gain:g}"
    wanted = initialize(initializer, array.shape, np.random.default_rng(0))
    most = float(np.abs(array - wanted).max())
    if most <= WRITTEN * greatest(wanted):
        return ""
    first = float(wanted.flat[0])
    if (wanted == first).all():
        return f"{first:.3g}"
    return f"other numbers, up to {most:.2g} from these"


def _is_orthogonal(array: Array, gain: float) -> bool:
    """Whether the rows, or the columns, are orthogonal and `gain` long, and turned at random."""
    matrix = array.reshape(-1, array.shape[-1]).astype(np.float64)
    vectors = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    products = vectors @ vectors.T
    off = float(np.abs(products - gain**2 * np.eye(len(vectors))).max())
    # One number of a vector that points anywhere is small, by the cap of a sphere.
    surprise = SURPRISE + math.log(2 * array.size)
    most = abs(gain) * math.sqrt(2 * surprise / vectors.shape[1])
    return off <= COMPUTED * gain**2 and greatest(matrix) <= most


def _places(emitted: Emitted, fault: Fault) -> list[str]:
    """The line of the spec, and that of model.py, that a tensor is of."""
    for node in emitted.graph.walk():
        if fault.path in [f"{node.name}.{param.name}" for param in node.own_params]:
            line = layer_line(emitted, node, fault.key)
            return [spec_line(node), *filter(None, [line])]
    return []
