"""What a recurrent layer computes that reads in both directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from specgraph.ops.bidirectional import Bidirectional
from specgraph.reference.base import Array, Evaluation, evaluate, reference


@reference(Bidirectional)
def bidirectional(op: Bidirectional, at: Evaluation) -> dict[str, Array]:
    """Each direction by itself; the steps of the second are put in the first's order."""
    made = {}
    for direction, layer in op.layers.items():
        prefix = f"{direction}_"
        params = {
            name.removeprefix(prefix): value
            for name, value in at.params.items()
            if name.startswith(prefix)
        }
        inputs, types = op.taken(at.inputs, direction), op.taken(at.types, direction)
        made[direction] = evaluate(
            layer, replace(at, inputs=inputs, types=types, params=params)
        )
    one, other = (found.pop("output") for found in made.values())
    if op.layer.return_sequences:
        other = other[:, ::-1]
    result = _merged(op, one, other)
    for direction, states in made.items():
        result |= {f"{direction}_{name}": state for name, state in states.items()}
    return result


def _merged(op: Bidirectional, one: Array, other: Array) -> dict[str, Array]:
    match op.merge_mode:
        case "concat":
            return {"output": np.concatenate([one, other], -1)}
        case "sum":
            return {"output": one + other}
        case "ave":
            return {"output": (one + other) / 2}
        case "mul":
            return {"output": one * other}
    return {"forward": one, "backward": other}
