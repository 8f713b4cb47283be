"""Pooling over all of space: reductions of a tensor."""

from __future__ import annotations

from specgraph.lower.code import Argument, method, uniform
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.global_pool import (
    GlobalAveragePool,
    GlobalAveragePool1D,
    GlobalAveragePool2D,
    GlobalAveragePool3D,
    GlobalMaxPool,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalPool,
)
from specgraph_torch.rules.base import RULES


@RULES.lower(GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D)
def global_max_pool(op: GlobalMaxPool, at: At) -> Lowered:
    """`amax`, which shares the gradient among equals."""
    return Lowered({"output": _over_space(op, at, "amax")})


@RULES.lower(GlobalAveragePool1D, GlobalAveragePool2D, GlobalAveragePool3D)
def global_average_pool(op: GlobalAveragePool, at: At) -> Lowered:
    """`mean`."""
    return Lowered({"output": _over_space(op, at, "mean")})


def _over_space(op: GlobalPool, at: At, function: str) -> Expr:
    named: dict[str, Argument] = {"dim": uniform(tuple(range(2, op.dims + 2)))}
    if op.keepdims:
        named["keepdim"] = True
    return method(at.input, function, **named)
