"""Tied weights in Keras: a layer that holds another one, or that one called in reverse."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from specgraph.ir.graph import Path, Tie
from specgraph.lower.code import Argument, call
from specgraph.lower.program import Use
from specgraph.lower.pycode import Assign, Expr, Stmt
from specgraph.lower.rules import At, Gap, Lowered
from specgraph.lower.slots import AnySlot, Slot, slot
from specgraph.ops.dense import Dense
from specgraph.ops.embedding import Embedding
from specgraph.training.initializers import Zeros
from specgraph_keras.initializers import constraint, initializer, penalty
from specgraph_keras.rules.activation import after
from specgraph_keras.rules.base import make

Owned = Mapping[Path, tuple[Use, Lowered]]
Variable = Callable[[Use], Expr]
"""The variable of the layer of a use."""


def tied(use: Use, at: At, owned: Owned, variable: Variable) -> Lowered:
    """A use some of whose weights are other layers'."""
    op = use.op
    if isinstance(op, Dense) and list(use.node.ties) == ["kernel"]:
        tie = use.node.ties["kernel"]
        return _dense(op, at, tie, *_other(tie, owned, variable))
    if isinstance(op, Embedding):
        tie = use.node.ties["embeddings"]
        return _embedding(at, tie, *_other(tie, owned, variable))
    names = ", ".join(use.node.ties)
    raise Gap(f"Keras has no {op.label} whose {names} is another layer's")


def reverses(use: Use) -> bool:
    """Whether a use is a product with the table of an embedding, transposed."""
    tie = use.node.ties.get("kernel")
    table = tie is not None and tie.weight == "embeddings" and bool(tie.axes)
    return table and isinstance(use.op, Dense)


def is_reversed(use: Use) -> bool:
    """Whether the table of an embedding is the kernel of a dense layer somewhere."""
    return isinstance(use.op, Embedding) and any(map(reverses, use.borrowers))


def _other(tie: Tie, owned: Owned, variable: Variable) -> tuple[Use, Expr, str]:
    """The other layer, its variable, and what it calls the weight."""
    other, lowered = owned[tie.owner.path]
    for found in lowered.slots:
        if not isinstance(found, Slot) or len(found.pieces) > 1:
            continue
        (piece,) = found.pieces
        plain = not (piece.axes or piece.blocks or piece.split or piece.shape)
        if piece.param == tie.weight and plain and found.key.isidentifier():
            return other, variable(other), found.key
    raise Gap(f"{other.op.label} has no tensor in Keras that is its `{tie.weight}`")


def _dense(
    op: Dense, at: At, tie: Tie, other: Use, variable: Expr, weight: str
) -> Lowered:
    """The product, then the bias, then the activation: the last but one has the name."""
    bias = at.param("bias")
    if is_reversed(other) and tie.axes:
        product = call(variable, at.input, reverse=True)
    else:
        named: dict[str, Argument] = {"transposed": True} if tie.axes else {}
        name = at.layer("") if bias is None else at.layer("_product")
        tying = call(at.helper("TiedDense"), variable, weight, **named, name=name)
        product = call(tying, at.input)
    made: Expr | None = None
    slots: tuple[AnySlot, ...] = ()
    if bias is not None:
        named = {}
        if not isinstance(bias.initializer, Zeros):
            named["initializer"] = initializer(at, bias)
        if bias.regularizer is not None:
            named["regularizer"] = penalty(bias.regularizer)
        helper = at.helper("Bias")
        if bias.constraint is not None:
            named["constraint"] = constraint(bias.constraint)
            helper = at.helper("ConstrainedBias")
        made = make(at, helper, **named)
        slots = (slot("bias", "bias"),)
    body: list[Stmt] = []
    for layer in (made, _activation(op, at)):
        if layer is None:
            continue
        body.append(Assign([at.result("output")], product))
        product = call(layer, at.result("output"))
    return Lowered({"output": product}, body=body, slots=slots)


def _activation(op: Dense, at: At) -> Expr | None:
    named, layer = after(at, op.activation)
    if layer is not None or not named:
        return layer
    assert op.activation is not None
    name = at.layer(f"_{op.activation.label}")
    return call("layers.Activation", named["activation"], name=name)


def _embedding(at: At, tie: Tie, other: Use, variable: Expr, weight: str) -> Lowered:
    """The other embedding called again; else a helper that holds the other layer."""
    if isinstance(other.op, Embedding):
        return Lowered({"output": call(variable, at.input)})
    named: dict[str, Argument] = {"transposed": True} if tie.axes else {}
    layer = call(
        at.helper("TiedEmbedding"), variable, weight, **named, name=at.layer("")
    )
    return Lowered({"output": call(layer, at.input)})
