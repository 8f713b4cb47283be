"""Activations: names where a layer takes one, layers of their own elsewhere."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, value
from specgraph.lower.rules import At, Lowered
from specgraph.ops.activation import Relu, Sigmoid, Softmax, Tanh
from specgraph.ops.base import Activation
from specgraph_keras.rules.base import RULES, make

NAMES: dict[type[Activation], str] = {Relu: "relu", Sigmoid: "sigmoid", Tanh: "tanh"}
"""Activations that Keras knows by name, with no attribute set."""


def activation(found: Activation | None) -> dict[str, Argument]:
    """The `activation` argument of a layer; nothing for the identity."""
    if found is None:
        return {}
    return {"activation": value(NAMES[type(found)])}


@RULES.lower(Relu)
def relu(op: Relu, at: At) -> Lowered:
    """`layers.ReLU`."""
    return Lowered({"output": call(make(at, "ReLU"), at.input)})


@RULES.lower(Sigmoid, Tanh)
def named(op: Activation, at: At) -> Lowered:
    """`layers.Activation` of a name."""
    return Lowered({"output": call(make(at, "Activation", NAMES[type(op)]), at.input)})


@RULES.lower(Softmax, order="axes")
def softmax(op: Softmax, at: At) -> Lowered:
    """`layers.Softmax` along the axis where it lies."""
    assert isinstance(op.axis, int)
    axis = at.physical_axis(op.axis)
    named: dict[str, Argument] = {} if axis == -1 else {"axis": axis}
    return Lowered({"output": call(make(at, "Softmax", **named), at.input)})
