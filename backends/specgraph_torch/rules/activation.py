"""Activations: functions of `torch.nn.functional`, exact at their kinks too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from specgraph.lower.code import call
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.activation import Relu, Sigmoid, Softmax, Tanh
from specgraph.ops.base import Activation
from specgraph_torch.rules.base import RULES

Function = Callable[..., Expr]
FUNCTIONS: dict[type[Activation], Function] = {}
F = TypeVar("F", bound=Function)


def function(cls: type[Activation]) -> Callable[[F], F]:
    """Registers `(activation, value) -> Expr`, as an op and as an `activation`."""

    def register(made: F) -> F:
        FUNCTIONS[cls] = made

        def rule(op: Activation, at: At) -> Lowered:
            return Lowered({"output": made(op, at.input)})

        RULES.lower(cls)(rule)
        return made

    return register


def activated(value: Expr, activation: Activation | None) -> Expr:
    """An op's `activation` around its value."""
    if activation is None:
        return value
    return FUNCTIONS[type(activation)](activation, value)


@function(Relu)
def relu(op: Relu, value: Expr) -> Expr:
    """`F.relu`."""
    return call("F.relu", value)


@function(Tanh)
def tanh(op: Tanh, value: Expr) -> Expr:
    """`torch.tanh`."""
    return call("torch.tanh", value)


@function(Sigmoid)
def sigmoid(op: Sigmoid, value: Expr) -> Expr:
    """`torch.sigmoid`."""
    return call("torch.sigmoid", value)


FUNCTIONS[Softmax] = lambda op, value: call("F.softmax", value, dim=op.axis)


@RULES.lower(Softmax, order="axes")
def softmax(op: Softmax, at: At) -> Lowered:
    """`F.softmax` along the axis where it lies."""
    assert isinstance(op.axis, int)
    axis = at.physical_axis(op.axis)
    return Lowered({"output": call("F.softmax", at.input, dim=axis)})
