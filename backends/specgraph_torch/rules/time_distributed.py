"""Ops applied to every step: what takes any leading axes, or steps as a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from specgraph.lower.code import item, method
from specgraph.lower.holding import steps_held
from specgraph.lower.pycode import Attr, Const, Expr, Slice
from specgraph.lower.rules import At, Gap, Lowered, Step
from specgraph.ops.base import Bound, Op, Sample, SampleInput, TensorType
from specgraph.ops.dense import Dense
from specgraph.ops.embedding import Embedding
from specgraph.ops.norm import LayerNorm
from specgraph.ops.reshape import Flatten
from specgraph.ops.time_distributed import TimeDistributed
from specgraph.ops.weight_norm import OfKernel
from specgraph_torch.rules.base import RULES

RULES.refuses(
    TimeDistributed,
    Sample(
        "what is several statements",
        {"layer": {"stft": {"frame_length": 4}}},
        (SampleInput((5, 12)),),
    ),
)


@RULES.rewrite(TimeDistributed)
def one_by_one(op: TimeDistributed, types: Bound[TensorType]) -> list[Step] | None:
    """What the layer is in several ops is so of every step."""
    return steps_held(op, types, RULES)


@RULES.lower(TimeDistributed)
def time_distributed(op: TimeDistributed, at: At) -> Lowered:
    """The layer, steps and examples as one axis where it does not take them as two."""
    if isinstance(op.layer, Flatten):
        return Lowered({"output": method(at.input, "flatten", 2)})
    entry = RULES.find(type(op.layer))
    assert entry is not None
    types = op.steps(at.types)
    fold: Callable[[Expr], Expr] = lambda x: method(x, "flatten", 0, 1)  # noqa: E731
    whole = _takes_any(op.layer, types)
    inner = replace(
        at,
        op=op.layer,
        types=types,
        inputs=types.map(lambda _: at.input if whole else fold(at.input)),
        orders=types.map(lambda _: tuple(axis - 1 for axis in at.orders.first[1:])),
        tagged=lambda expr, output, part: expr,
    )
    lowered = entry.rule(op.layer, inner)
    if whole:
        return lowered
    if lowered.body:
        raise Gap(f"{op.layer.label} is several statements, of which one has the steps")
    sizes = item(Attr(at.input, "shape"), Slice(None, Const(2)))
    lowered.outputs = {
        "output": method(lowered.outputs["output"], "unflatten", 0, sizes)
    }
    return lowered


def _takes_any(op: Op, types: Bound[TensorType]) -> bool:
    """Whether the layer acts on the last axis or on elements, whatever axes there are."""
    if isinstance(op, OfKernel):
        return _takes_any(op.layer, types)
    if isinstance(op, LayerNorm):
        return op.axes_of(types.first) == tuple(range(1, types.first.rank))[-1:]
    if isinstance(op, Dense):
        return getattr(op.activation, "axis", None) in (None, -1)
    return isinstance(op, Embedding) or op.order == "elementwise"
