"""Layers whose kernel is a length times a direction: a helper around them."""

from __future__ import annotations

from specgraph.lower.code import Argument
from specgraph.lower.holding import kernel_held
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered, Step
from specgraph.lower.slots import slot
from specgraph.ops.base import Bound, TensorType
from specgraph.ops.weight_norm import WeightNorm
from specgraph_keras.rules.base import RULES, held, make


@RULES.rewrite(WeightNorm)
def padded_before(op: WeightNorm, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that the layer has not becomes an op of its own."""
    return kernel_held(op, types, RULES)


@RULES.lower(WeightNorm)
def weight_norm(op: WeightNorm, at: At) -> Lowered:
    """`WeightNormalization(layers.Conv1D(64, 3))`; Keras has no such layer."""
    axis = op.kernel_axis
    named: dict[str, Argument] = {} if axis == op.rank - 1 else {"axis": axis}

    def around(layer: Expr) -> Expr:
        return make(at, at.helper("WeightNormalization"), layer, **named)

    params = tuple(param for param in at.params if param.name != "magnitude")
    lowered = held(op.layer, at, params, around)
    lowered.slots = (*lowered.slots, slot("magnitude", "magnitude"))
    return lowered
