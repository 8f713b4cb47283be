"""Dense layers along any axes."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.einsum import EinsumDense
from specgraph.training.initializers import Zeros
from specgraph_torch.initializers import inits
from specgraph_torch.rules.activation import activated
from specgraph_torch.rules.base import RULES


@RULES.lower(EinsumDense)
def einsum_dense(op: EinsumDense, at: At) -> Lowered:
    """A module, since torch has none."""
    shapes = {param.name: param.shape for param in at.params}
    named: dict[str, Argument] = {}
    if "bias" in shapes:
        named["bias"] = shapes["bias"]
    layer = call(at.helper("EinsumDense"), op.equation, shapes["kernel"], **named)
    slots = (slot("weight", "kernel"), slot("bias", "bias"))
    return Lowered(
        {"output": activated(at, call(at.layer(""), at.input), op.activation)},
        {"": layer},
        slots=slots if "bias" in shapes else slots[:1],
        inits=inits(at, weight=("kernel", Zeros()), bias=("bias", Zeros())),
    )
