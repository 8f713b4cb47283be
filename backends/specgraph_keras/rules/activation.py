"""Activations: names where a layer takes one, layers of their own elsewhere."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, value
from specgraph.lower.pycode import Expr
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
from specgraph_keras.rules.base import RULES

Axis = int | tuple[int, ...]

NAMES: dict[Activation, str] = {
    Relu(): "relu",
    Relu(max_value=6): "relu6",
    Relu6(): "relu6",
    LeakyRelu(negative_slope=0.2): "leaky_relu",
    Elu(): "elu",
    Selu(): "selu",
    Gelu(): "gelu",
    Silu(): "silu",
    Softplus(): "softplus",
    Tanh(): "tanh",
    Sigmoid(): "sigmoid",
    HardSigmoid(): "hard_sigmoid",
    HardSilu(): "hard_silu",
    HardTanh(): "hard_tanh",
    Exponential(): "exponential",
    LogSigmoid(): "log_sigmoid",
    Mish(): "mish",
    Softsign(): "softsign",
    Squareplus(): "squareplus",
    Softmax(): "softmax",
    LogSoftmax(): "log_softmax",
}
"""Activations that Keras knows by name, their axis the last one."""


def after(at: At, found: Activation | None) -> tuple[dict[str, Argument], Expr | None]:
    """The `activation` argument of a layer that keeps its input's axes, or a layer.

    The layer goes after the other one: what Keras has no name for.
    """
    if found is None:
        return {}, None
    found = _placed(at, found)
    named = function(at, found)
    if named is not None:
        return {"activation": named}, None
    return {}, layer(at, found, at.layer(f"_{found.label}"))


def function(at: At, found: Activation) -> Expr | None:
    """What may stand as a layer's `activation`: a name or a helper."""
    if found in NAMES:
        return value(NAMES[found])
    if isinstance(found, Gelu):
        return at.helper("gelu_tanh")
    return None


def layer(at: At, found: Activation, name: Argument = None) -> Expr:
    """An activation as a layer; its axes are the framework's."""
    named: dict[str, Argument] = {} if name is None else {"name": name}
    match found:
        case Linear():
            return call("layers.Identity", **named)
        case Relu():
            return call("layers.ReLU", **_relu(found), **named)
        case LeakyRelu() if found.negative_slope < 0:
            return call(at.helper("LeakyReLU"), found.negative_slope, **named)
        case LeakyRelu():
            slope = () if found.negative_slope == 0.3 else (found.negative_slope,)
            return call("layers.LeakyReLU", *slope, **named)
        case Elu():
            alpha = () if found.alpha == 1 else (found.alpha,)
            return call("layers.ELU", *alpha, **named)
        case Celu():
            alpha = () if found.alpha == 1 else (found.alpha,)
            return call(at.helper("CELU"), *alpha, **named)
        case Squareplus() if found.b != 4:
            return call(at.helper("Squareplus"), found.b, **named)
        case Softmax():
            axis: dict[str, Argument] = {} if found.axis == -1 else {"axis": found.axis}
            return call("layers.Softmax", **axis, **named)
        case LogSoftmax() if found.axis != -1:
            return call(at.helper("LogSoftmax"), found.axis, **named)
    return call("layers.Activation", function(at, found), **named)


def _relu(found: Relu) -> dict[str, Argument]:
    named: dict[str, Argument] = {}
    if found.max_value is not None:
        named["max_value"] = found.max_value
    if found.negative_slope:
        named["negative_slope"] = found.negative_slope
    if found.threshold:
        named["threshold"] = found.threshold
    return named


def _placed(at: At, found: Activation) -> Activation:
    """The activation along the axes where the framework has them."""
    axis: Axis | None = getattr(found, "axis", None)
    if axis is None:
        return found
    if isinstance(axis, int):
        return found.filled(axis=at.physical_axis(axis))
    places = sorted(at.orders.first.index(one) for one in at.type.axes(axis))
    if len(places) == 1:
        return found.filled(axis=at.physical_axis(axis[0]))
    return found.filled(axis=tuple(places))


@RULES.lower(Celu, Elu, Exponential, Gelu, HardSigmoid, HardSilu, HardTanh, LeakyRelu)
@RULES.lower(Linear, LogSigmoid, Mish, Relu, Relu6, Selu, Sigmoid, Silu, Softplus)
@RULES.lower(Softsign, Squareplus, Tanh)
def elementwise(op: Activation, at: At) -> Lowered:
    """A layer: `layers.Activation` of a name where Keras has no class for it."""
    return Lowered({"output": call(layer(at, op, at.layer("")), at.input)})


@RULES.lower(Softmax, LogSoftmax)
def over_axes(op: Softmax | LogSoftmax, at: At) -> Lowered:
    """A layer along the axes where they lie."""
    made = layer(at, _placed(at, op), at.layer(""))
    return Lowered({"output": call(made, at.input)})
