"""Products along axes: `ops.matmul`, `layers.Dot`, and `ops.einsum`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, listed
from specgraph.lower.rules import At, Lowered
from specgraph.ops.product import Dot, Einsum, Matmul
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Matmul)
def matmul(op: Matmul, at: At) -> Lowered:
    """`ops.matmul`."""
    return Lowered({"output": call("ops.matmul", *at.inputs)})


@RULES.lower(Dot)
def dot(op: Dot, at: At) -> Lowered:
    """The framework's layer."""
    one, other = op.pair(at.types)
    axes: Argument = one if one == other else (one, other)
    named: dict[str, Argument] = {"normalize": True} if op.normalize else {}
    layer = make(at, "Dot", axes, **named)
    return Lowered({"output": call(layer, listed(list(at.inputs)))})


@RULES.lower(Einsum)
def einsum(op: Einsum, at: At) -> Lowered:
    """`ops.einsum`."""
    return Lowered({"output": call("ops.einsum", op.equation, *at.inputs)})
