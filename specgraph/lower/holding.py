"""Rewrites of ops that hold another op's call: what becomes of that one."""

from __future__ import annotations

from dataclasses import replace

from specgraph.lower.rules import Rules, Step
from specgraph.ops.base import Bound, Op, TensorType
from specgraph.ops.time_distributed import TimeDistributed
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


def steps_held(
    op: TimeDistributed, types: Bound[TensorType], rules: Rules[Op]
) -> list[Step] | None:
    """The steps of the layer, each held."""
    rewrite = rules.find_rewrite(type(op.layer))
    steps = rewrite(op.layer, op.steps(types)) if rewrite is not None else None
    return [replace(one, op=op.filled(layer=one.op)) for one in steps or ()] or None
