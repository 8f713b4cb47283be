"""Dense layers: `layers.Dense`."""

from __future__ import annotations

from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import rows_reordered, slot
from specgraph.ops.dense import Dense
from specgraph_keras.initializers import in_training, starts
from specgraph_keras.rules.activation import after
from specgraph_keras.rules.base import RULES, chain, make


@RULES.lower(Dense)
def dense(op: Dense, at: At) -> Lowered:
    """The framework's layer."""
    named, activation = after(at, op.activation)
    if not op.use_bias:
        named["use_bias"] = False
    named |= starts(
        at,
        {},
        kernel_initializer=("kernel", "glorot_uniform"),
        bias_initializer=("bias", "zeros"),
    )
    named |= in_training(op, "kernel", "bias")
    kernel = slot("kernel", "kernel")
    if at.flattened is not None:
        kernel = rows_reordered(kernel, *at.flattened, op.units)
    slots = (kernel, slot("bias", "bias")) if op.use_bias else (kernel,)
    return chain(at, make(at, "Dense", op.units, **named), activation, slots=slots)
