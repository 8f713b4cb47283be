"""Products along axes: `@` and `torch.einsum`."""

from __future__ import annotations

from string import ascii_lowercase

from specgraph.lower.code import binary, call, method
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.product import Dot, Einsum, Matmul
from specgraph_torch.rules.base import RULES

LETTERS = ascii_lowercase[8:] + ascii_lowercase[2:8]
"""For axes; `b` is the batch."""


@RULES.lower(Matmul)
def matmul(op: Matmul, at: At) -> Lowered:
    """`@`."""
    first, second = at.inputs
    return Lowered({"output": binary(first, "@", second)})


@RULES.lower(Dot)
def dot(op: Dot, at: At) -> Lowered:
    """An equation for the axes; of vectors, the sum of a product."""
    axes = op.pair(at.types)
    first, second = (
        call("F.normalize", value, dim=axis) if op.normalize else value
        for value, axis in zip(at.inputs, axes, strict=True)
    )
    ranks = [kind.rank for kind in at.types]
    if ranks == [2, 2]:
        product = binary(first, "*", second)
        return Lowered({"output": method(product, "sum", 1, keepdim=True)})
    letters = iter(LETTERS)
    one = ["b", *(next(letters) for _ in range(ranks[0] - 1))]
    other = ["b", *(next(letters) for _ in range(ranks[1] - 1))]
    other[axes[1]] = one[axes[0]]
    left = "".join(x for x in one if x != one[axes[0]])
    right = "".join(x for x in other[1:] if x != one[axes[0]])
    equation = f"{''.join(one)},{''.join(other)}->{left}{right}"
    made: Expr = call("torch.einsum", equation, first, second)
    return Lowered({"output": made})


@RULES.lower(Einsum)
def einsum(op: Einsum, at: At) -> Lowered:
    """`torch.einsum`."""
    return Lowered({"output": call("torch.einsum", op.equation, *at.inputs)})
