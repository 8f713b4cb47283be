"""Weights that are values themselves."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.parameter import Parameter
from specgraph_keras.initializers import penalties, starts
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Parameter)
def parameter(op: Parameter, at: At) -> Lowered:
    """A helper: Keras has no layer that holds a bare weight."""
    named: dict[str, Argument] = starts(at, {}, initializer=("value", "zeros"))
    named |= penalties(regularizer=op.regularizer)
    layer = make(at, at.helper("Parameter"), op.shape, **named)
    return Lowered({"output": call(layer, at.batch)}, slots=(slot("value", "value"),))
