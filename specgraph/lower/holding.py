"""Rewrites of ops that hold another op's call: what becomes of that one."""

from __future__ import annotations

from dataclasses import replace

from specgraph.lower.rules import Rules, Step
from specgraph.ops.base import Bound, Op, TensorType
from specgraph.ops.weight_norm import OfKernel


def kernel_held(
    op: OfKernel, types: Bound[TensorType], rules: Rules[Op]
) -> list[Step] | None:
    """The steps of the layer alone; the last one, which has the kernel, is held."""
    rewrite = rules.find_rewrite(type(op.layer))
    steps = rewrite(op.layer, types) if rewrite is not None else None
    if not steps:
        return None
    return [*steps[:-1], replace(steps[-1], op=op.filled(layer=steps[-1].op))]
