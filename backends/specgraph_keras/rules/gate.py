"""Gates and learned slopes: `ops.glu` and `layers.PReLU`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.gate import Glu, PRelu
from specgraph_keras.initializers import in_training, starts
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Glu)
def glu(op: Glu, at: At) -> Lowered:
    """`ops.glu` along the axis where it lies."""
    axis = at.physical_axis(op.axis_of(at.type))
    named: dict[str, Argument] = {} if axis == -1 else {"axis": axis}
    return Lowered({"output": call("ops.glu", at.input, **named)})


@RULES.lower(PRelu)
def prelu(op: PRelu, at: At) -> Lowered:
    """A helper: the slope of Keras's layer at 0 is 0."""
    order = at.orders.first
    shared = tuple(sorted(order.index(axis) for axis in op.shared(at.type)))
    named: dict[str, Argument] = {"shared_axes": shared} if shared else {}
    axes = tuple(axis - 1 for axis in order[1:])
    alpha = at.param("alpha")
    assert alpha is not None
    drawn = {"alpha": (tuple(alpha.shape[axis] for axis in axes),)}
    named |= starts(at, drawn, alpha_initializer=("alpha", "zeros"))
    named |= in_training(op, "alpha", axes=axes)
    weight = slot("alpha", "alpha", axes=axes if axes != tuple(sorted(axes)) else ())
    layer = make(at, at.helper("PReLU"), **named)
    return Lowered({"output": call(layer, at.input)}, slots=(weight,))
