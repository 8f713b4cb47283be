"""Pooling layers."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.rules import At, Lowered
from specgraph.ops.pool import MaxPool, MaxPool1D, MaxPool2D
from specgraph_keras.rules.base import RULES, make

LAYERS = {MaxPool1D: "MaxPooling1D", MaxPool2D: "MaxPooling2D"}


@RULES.lower(MaxPool1D, MaxPool2D)
def max_pool(op: MaxPool, at: At) -> Lowered:
    """The framework's layer."""
    named: dict[str, Argument] = {}
    if op.steps != op.pool_size:
        named["strides"] = uniform(op.steps)
    if isinstance(op.padding, str) and op.padding != "valid":
        named["padding"] = op.padding
    layer = make(at, LAYERS[type(op)], uniform(op.pool_size), **named)
    return Lowered({"output": call(layer, at.input)})
