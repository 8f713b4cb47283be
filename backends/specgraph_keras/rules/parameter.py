"""Values without inputs."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, listed, value
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.parameter import Constant, Numbers, Parameter
from specgraph_keras.initializers import penalty, starts
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Parameter)
def parameter(op: Parameter, at: At) -> Lowered:
    """A helper: Keras has no layer that holds a bare weight."""
    named: dict[str, Argument] = starts(at, {}, initializer=("value", "zeros"))
    if op.regularizer is not None:
        named["regularizer"] = penalty(op.regularizer)
    layer = make(at, at.helper("Parameter"), op.shape, **named)
    return Lowered({"output": call(layer, at.batch)}, slots=(slot("value", "value"),))


@RULES.lower(Constant)
def constant(op: Constant, at: At) -> Lowered:
    """A helper: Keras has no layer that makes a batch of a value."""
    named: dict[str, Argument] = {}
    if op.dtype != "float32":
        named["dtype"] = op.dtype
    layer = make(at, at.helper("Constant"), numbers(op.value), **named)
    return Lowered({"output": call(layer, at.batch)})


def numbers(found: Numbers) -> Expr:
    """Nested numbers as nested lists."""
    if isinstance(found, tuple):
        return listed([numbers(one) for one in found])
    return value(found)
