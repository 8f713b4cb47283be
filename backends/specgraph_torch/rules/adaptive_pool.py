"""Pooling to a size: `F.adaptive_avg_pool2d` and its kin."""

from __future__ import annotations

from specgraph.lower.code import call, uniform
from specgraph.lower.rules import At, Lowered
from specgraph.ops.adaptive_pool import (
    AdaptiveAveragePool1D,
    AdaptiveAveragePool2D,
    AdaptiveMaxPool,
    AdaptiveMaxPool1D,
    AdaptiveMaxPool2D,
    AdaptivePool,
)
from specgraph_torch.rules.base import RULES


@RULES.lower(
    AdaptiveAveragePool1D, AdaptiveAveragePool2D, AdaptiveMaxPool1D, AdaptiveMaxPool2D
)
def adaptive_pool(op: AdaptivePool, at: At) -> Lowered:
    """The framework's function."""
    kind = "max" if isinstance(op, AdaptiveMaxPool) else "avg"
    function = f"F.adaptive_{kind}_pool{op.dims}d"
    return Lowered({"output": call(function, at.input, uniform(op.output_size))})
