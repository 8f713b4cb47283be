"""What an op computes that is applied to every step by itself."""

from __future__ import annotations

from dataclasses import replace

from specgraph.ops.time_distributed import TimeDistributed
from specgraph.reference.base import Array, Evaluation, evaluate, reference


@reference(TimeDistributed)
def time_distributed(op: TimeDistributed, at: Evaluation) -> Array:
    """The layer, its batch all steps of all examples."""
    (x,) = at.inputs
    types = op.steps(at.types)
    steps = types.map(lambda _: x.reshape(-1, *x.shape[2:]))
    inner = replace(at, inputs=steps, types=types, batch=len(steps.first))
    y = evaluate(op.layer, inner)["output"]
    return y.reshape(*x.shape[:2], *y.shape[1:])
