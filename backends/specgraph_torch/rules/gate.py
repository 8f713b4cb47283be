"""Gates and learned slopes: `F.glu` and `nn.PReLU`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.gate import Glu, PRelu
from specgraph.training.initializers import Constant
from specgraph_torch.initializers import inits
from specgraph_torch.rules.base import RULES


@RULES.lower(Glu)
def glu(op: Glu, at: At) -> Lowered:
    """`F.glu` along the axis where it lies."""
    axis = at.physical_axis(op.axis_of(at.type))
    named: dict[str, Argument] = {} if axis == -1 else {"dim": axis}
    return Lowered({"output": call("F.glu", at.input, **named)})


@RULES.lower(PRelu)
def prelu(op: PRelu, at: At) -> Lowered:
    """`nn.PReLU`, which has one slope, or one for each place of the second axis."""
    (alpha,) = at.params
    sizes = tuple(alpha.shape[axis - 1] for axis in at.orders.first[1:])
    axes = tuple(axis - 1 for axis in at.orders.first[1:])
    weight = slot("weight", "alpha", axes=axes if axes != tuple(sorted(axes)) else ())
    if set(sizes[1:]) <= {1}:
        weight = slot("weight", "alpha", shape=sizes[:1] or (1,))
        made = call("nn.PReLU", *(size for size in sizes[:1] if size != 1))
    else:
        made = call(at.helper("PReLU"), *sizes)
    return Lowered(
        {"output": call(at.layer(""), at.input)},
        {"": made},
        slots=(weight,),
        inits=inits(at, weight=("alpha", Constant(value=0.25))),
    )
