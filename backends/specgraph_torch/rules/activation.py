"""Activations: functions of `torch.nn.functional`, exact at their kinks too."""

from __future__ import annotations

from collections.abc import Callable

from specgraph.lower.code import Argument, binary, call, method
from specgraph.lower.pycode import Expr, dotted
from specgraph.lower.rules import At, Lowered
from specgraph.ops.activation import (
    Celu,
    Elu,
    Exponential,
    Gelu,
    HardSigmoid,
    HardSilu,
    HardTanh,
    LeakyRelu,
    Linear,
    LogSigmoid,
    LogSoftmax,
    Mish,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Softsign,
    Squareplus,
    Tanh,
)
from specgraph.ops.base import Activation
from specgraph_torch.rules.base import RULES

Function = tuple[Expr, dict[str, Argument]]
"""A function of one tensor, and the arguments that go with it by name."""
AxisOf = Callable[[int], int]

PLAIN: dict[type[Activation], str] = {
    Exponential: "torch.exp",
    HardSilu: "F.hardswish",
    LogSigmoid: "F.logsigmoid",
    Mish: "F.mish",
    Relu6: "F.relu6",
    Sigmoid: "torch.sigmoid",
    Silu: "F.silu",
    Softsign: "F.softsign",
    Tanh: "torch.tanh",
}
SMOOTH = 40
"""From where on softplus is x to the last bit; `F.softplus` cuts at 20 already."""


@RULES.lower(*PLAIN, Celu, Elu, Gelu, HardSigmoid, HardTanh, LeakyRelu, Linear)
@RULES.lower(LogSoftmax, Relu, Selu, Softmax, Softplus, Squareplus)
def activation(op: Activation, at: At) -> Lowered:
    """A function of the input."""
    return Lowered({"output": activated(at, at.input, op)})


def activated(at: At, x: Expr, found: Activation | None) -> Expr:
    """An op's `activation` around its value, which has the axes of its first input."""
    match found:
        case None | Linear():
            return x
        case HardSigmoid():
            return binary(call("F.relu6", binary(x, "+", 3)), "/", 6)
        case Relu() if _is_capped(found):
            return _capped(found, x)
    function, named = _function(found, at, at.physical_axis)
    return call(function, x, **named)


def callable_of(at: At, found: Activation | None) -> Expr:
    """An activation of [batch, units] as a function to hand on."""
    if found is None:
        return call("nn.Identity")
    function, named = _function(found, at, lambda axis: -1)
    return call("partial", function, **named) if named else function


def _function(found: Activation, at: At, axis_of: AxisOf) -> Function:
    match found:
        case Relu():
            return _relu(found, at)
        case LeakyRelu(negative_slope=slope):
            named: dict[str, Argument] = {"negative_slope": slope}
            return dotted("F.leaky_relu"), named if slope != 0.01 else {}
        case Elu(alpha=alpha):
            return dotted("F.elu"), {"alpha": alpha} if alpha != 1 else {}
        case Celu(alpha=alpha):
            if alpha == 1:
                return dotted("F.celu"), {}
            return at.helper("celu"), {"alpha": alpha}
        case HardTanh():
            return dotted("torch.clamp"), {"min": -1, "max": 1}
        case Squareplus(b=b):
            return at.helper("squareplus"), {"b": b} if b != 4 else {}
        case Gelu(approximate=approximate):
            return dotted("F.gelu"), {"approximate": "tanh"} if approximate else {}
        case Softplus():
            return dotted("F.softplus"), {"threshold": SMOOTH}
        case Selu():
            return at.helper("selu"), {}
        case HardSigmoid():
            return at.helper("hard_sigmoid"), {}
        case LogSoftmax(axis=axis):
            return dotted("F.log_softmax"), {"dim": axis_of(axis)}
        case Softmax(axis=axis):
            axes = axis if isinstance(axis, tuple) else (axis,)
            if len(axes) == 1:
                return dotted("F.softmax"), {"dim": axis_of(axes[0])}
            places = sorted(axis_of(one) % at.type.rank for one in axes)
            return at.helper("joint_softmax"), {"dim": tuple(places)}
    return dotted(PLAIN[type(found)]), {}


def _relu(found: Relu, at: At) -> Function:
    cap, slope, threshold = found.max_value, found.negative_slope, found.threshold
    if threshold or (cap is not None and (slope or cap != 6)):
        named: dict[str, Argument] = {} if cap is None else {"max_value": cap}
        if slope:
            named["negative_slope"] = slope
        if threshold:
            named["threshold"] = threshold
        return at.helper("relu"), named
    if cap is not None:
        return dotted("F.relu6"), {}
    if slope:
        return dotted("F.leaky_relu"), {"negative_slope": slope}
    return dotted("F.relu"), {}


def _is_capped(found: Relu) -> bool:
    """Whether a threshold or a bound is all that differs from the plain function."""
    bounded = found.max_value is not None and found.max_value != 6
    return not found.negative_slope and bool(bounded or found.threshold)


def _capped(found: Relu, x: Expr) -> Expr:
    made = call("F.relu", x)
    if found.threshold:
        made = call("F.threshold", x, found.threshold, 0)
    if found.max_value is None:
        return made
    return method(made, "clamp", max=found.max_value)
