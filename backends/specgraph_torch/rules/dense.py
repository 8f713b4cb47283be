"""Dense layers: `nn.Linear`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import Slot, rows_reordered, slot
from specgraph.ops.dense import Dense
from specgraph.training.initializers import FanInUniform
from specgraph_torch.initializers import inits
from specgraph_torch.rules.activation import activated
from specgraph_torch.rules.base import RULES


@RULES.lower(Dense)
def dense(op: Dense, at: At) -> Lowered:
    """The framework's layer; its weight is [units, features]."""
    features = at.params[0].shape[0]
    named: dict[str, Argument] = {} if op.use_bias else {"bias": False}
    layer = call("nn.Linear", features, op.units, **named)
    kernel: Slot = slot("weight", "kernel", axes=(1, 0))
    if at.flattened is not None:
        kernel = rows_reordered(kernel, *at.flattened, op.units)
    native = FanInUniform(fan=features)
    return Lowered(
        {"output": activated(at, call(at.layer(""), at.input), op.activation)},
        {"": layer},
        slots=(kernel, slot("bias", "bias")) if op.use_bias else (kernel,),
        inits=inits(at, weight=("kernel", native), bias=("bias", native)),
    )
