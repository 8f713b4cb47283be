"""Positions: `nn.Embedding` as a table, and helpers."""

from __future__ import annotations

from specgraph.lower.code import Argument, binary, call, item
from specgraph.lower.pycode import Attr, Expr, Slice
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.position import (
    PositionEmbedding,
    RotaryEmbedding,
    SinusoidalPosition,
)
from specgraph.training.initializers import RandomNormal
from specgraph_torch.initializers import inits
from specgraph_torch.rules.base import RULES


@RULES.lower(PositionEmbedding)
def position_embedding(op: PositionEmbedding, at: At) -> Lowered:
    """The first rows of an `nn.Embedding` are added."""
    features = at.params[0].shape[1]
    time = item(Attr(at.input, "shape"), at.type.rank - 2)
    rows: Expr = Attr(at.layer(""), "weight")
    if "." in at.name:  # of a group's modules no type checker knows the weights
        device = Attr(at.input, "device")
        rows = call(at.layer(""), call("torch.arange", time, device=device))
    elif at.type.shape[-2] != op.max_length:
        rows = item(rows, Slice(None, time))
    return Lowered(
        {"output": binary(at.input, "+", rows)},
        {"": call("nn.Embedding", op.max_length, features)},
        slots=(slot("weight", "embeddings"),),
        inits=inits(at, weight=("embeddings", RandomNormal(mean=0.0, stddev=1.0))),
    )


@RULES.lower(SinusoidalPosition)
def sinusoidal_position(op: SinusoidalPosition, at: At) -> Lowered:
    """A helper: the table is made when its length is known."""
    helper = at.helper("add_sinusoids")
    return Lowered({"output": call(helper, at.input, **settings(op))})


@RULES.lower(RotaryEmbedding)
def rotary_embedding(op: RotaryEmbedding, at: At) -> Lowered:
    """A helper: the angles are made when their number is known."""
    return Lowered({"output": call(at.helper("rotated"), at.input, **settings(op))})


def settings(op: SinusoidalPosition | RotaryEmbedding) -> dict[str, Argument]:
    """The attributes that are not the defaults."""
    found: dict[str, Argument] = {}
    for name, value in op:
        if value != type(op).model_fields[name].default:
            found[name] = value
    return found
