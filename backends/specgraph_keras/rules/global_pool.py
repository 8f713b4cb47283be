"""Pooling over all of space: `layers.GlobalMaxPooling2D` and its kin."""

from __future__ import annotations

from specgraph.lower.code import Argument
from specgraph.lower.rules import At, Lowered
from specgraph.ops.global_pool import (
    GlobalAveragePool1D,
    GlobalAveragePool2D,
    GlobalAveragePool3D,
    GlobalMaxPool,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalPool,
)
from specgraph_keras.rules.base import RULES, chain, make


@RULES.lower(
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalAveragePool1D,
    GlobalAveragePool2D,
    GlobalAveragePool3D,
)
def global_pool(op: GlobalPool, at: At) -> Lowered:
    """The framework's layer."""
    named: dict[str, Argument] = {"keepdims": True} if op.keepdims else {}
    kind = "Max" if isinstance(op, GlobalMaxPool) else "Average"
    return chain(at, make(at, f"Global{kind}Pooling{op.dims}D", **named))
