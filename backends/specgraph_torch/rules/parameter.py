"""Weights that are values: `nn.Parameter`, expanded over the batch."""

from __future__ import annotations

from specgraph.lower.code import call, item, method
from specgraph.lower.pycode import Attr
from specgraph.lower.rules import At, Init, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.parameter import Parameter
from specgraph.training.initializers import Constant, Ones, Zeros
from specgraph_torch.rules.base import RULES


@RULES.lower(Parameter)
def parameter(op: Parameter, at: At) -> Lowered:
    """An attribute of the model; in a group, which holds modules alone, a module."""
    if "." in at.name:
        return Lowered(
            {"output": call(at.layer(""), at.batch)},
            {"": call(at.helper("Parameter"), *op.shape)},
            slots=(slot("value", "value"),),
            inits=(Init("value", "value", isinstance(op.initializer, Zeros)),),
        )
    match op.initializer:
        case Zeros():
            start = call("torch.zeros", *op.shape)
        case Ones():
            start = call("torch.ones", *op.shape)
        case Constant(value=number):
            start = call("torch.full", op.shape, float(number))
        case _:
            start = call("torch.empty", *op.shape)
    filled = isinstance(op.initializer, Constant | Ones | Zeros)
    batch = item(Attr(at.batch, "shape"), 0)
    value = method(at.layer(""), "expand", batch, *(-1 for _ in op.shape))
    return Lowered(
        {"output": value},
        {"": call("nn.Parameter", start)},
        slots=(slot("", "value"),),
        inits=(Init("", "value", filled),),
    )
