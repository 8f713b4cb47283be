"""Values without inputs: `nn.Parameter` and `nn.Buffer`, expanded over the batch."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, item, listed, method, value
from specgraph.lower.pycode import Attr, Expr, dotted
from specgraph.lower.rules import At, Init, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.parameter import Constant, Numbers, Parameter, shape_of
from specgraph.training.initializers import Constant as Filled
from specgraph.training.initializers import Ones, Zeros
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
        case Filled(value=number):
            start = call("torch.full", op.shape, float(number))
        case _:
            start = call("torch.empty", *op.shape)
    filled = isinstance(op.initializer, Filled | Ones | Zeros)
    batch = item(Attr(at.batch, "shape"), 0)
    expanded = method(at.layer(""), "expand", batch, *(-1 for _ in op.shape))
    return Lowered(
        {"output": expanded},
        {"": call("nn.Parameter", start)},
        slots=(slot("", "value"),),
        inits=(Init("", "value", filled),),
    )


@RULES.lower(Constant)
def constant(op: Constant, at: At) -> Lowered:
    """An attribute of the model; in a group, which holds modules alone, a module."""
    named: dict[str, Argument] = {}
    if op.dtype != "float32":
        named["dtype"] = dotted(f"torch.{op.dtype}")
    made = call("torch.tensor", numbers(op.value, op.dtype == "float32"), **named)
    if "." in at.name:
        output = call(at.layer(""), at.batch)
        return Lowered({"output": output}, {"": call(at.helper("Constant"), made)})
    batch = item(Attr(at.batch, "shape"), 0)
    output = method(at.layer(""), "expand", batch, *(-1 for _ in shape_of(op.value)))
    return Lowered({"output": output}, {"": call("nn.Buffer", made, persistent=False)})


def numbers(found: Numbers, floats: bool) -> Expr:
    """Nested numbers as nested lists."""
    if isinstance(found, tuple):
        return listed([numbers(one, floats) for one in found])
    return value(float(found) if floats else found)
