"""Pooling: functions of `torch.nn.functional`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, uniform
from specgraph.lower.rules import At, Lowered
from specgraph.ops.pool import MaxPool, MaxPool1D, MaxPool2D
from specgraph_torch.rules.base import RULES

FUNCTIONS = {MaxPool1D: "F.max_pool1d", MaxPool2D: "F.max_pool2d"}


@RULES.lower(MaxPool1D, MaxPool2D)
def max_pool(op: MaxPool, at: At) -> Lowered:
    """`F.max_pool`."""
    named: dict[str, Argument] = {}
    if op.steps != op.pool_size:
        named["stride"] = uniform(op.steps)
    if not isinstance(op.padding, str) and any(p != (0, 0) for p in op.padding):
        named["padding"] = uniform(tuple(before for before, _ in op.padding))
    if set(op.dilation_rate) != {1}:
        named["dilation"] = uniform(op.dilation_rate)
    if op.ceil_mode:
        named["ceil_mode"] = True
    window = uniform(op.pool_size)
    value = call(FUNCTIONS[type(op)], at.input, window, **named)
    return Lowered({"output": value})
