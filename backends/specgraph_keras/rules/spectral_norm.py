"""Layers with a spectral norm: a helper around them."""

from __future__ import annotations

from math import prod

from specgraph.lower.code import Argument
from specgraph.lower.holding import kernel_held
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered, Step
from specgraph.lower.slots import slot
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.spectral_norm import SpectralNorm
from specgraph_keras.rules.base import RULES, held, make

VECTORS = ("vector_u", "vector_v")


@RULES.rewrite(SpectralNorm)
def padded_before(op: SpectralNorm, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that the layer has not becomes an op of its own."""
    return kernel_held(op, types, RULES)


@RULES.lower(SpectralNorm)
def spectral_norm(op: SpectralNorm, at: At) -> Lowered:
    """`SpectralNormalization(layers.Dense(64))`; Keras's own overwrites the kernel."""
    named: dict[str, Argument] = {}
    if op.columns != -1:
        named["axis"] = op.columns
    if op.power_iterations != 1:
        named["power_iterations"] = op.power_iterations
    if op.epsilon != 1e-12:
        named["epsilon"] = op.epsilon

    def around(layer: Expr) -> Expr:
        return make(at, at.helper("SpectralNormalization"), layer, **named)

    params = tuple(param for param in at.params if param.name not in VECTORS)
    lowered = held(op.layer, at, params, around)
    (v,) = (param for param in at.params if param.name == "vector_v")
    vectors = (
        slot("vector_u", "vector_u"),
        slot("vector_v", "vector_v", shape=(prod(v.shape),)),
    )
    lowered.slots = (*lowered.slots, *vectors)
    return lowered
