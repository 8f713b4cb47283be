"""Attention by several heads: Keras's layers, or projections around a helper."""

from __future__ import annotations

from dataclasses import replace

from specgraph.lower.code import Argument, call
from specgraph.lower.pycode import Const, Expr
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.base import Param
from specgraph.ops.multi_head import MultiHeadAttention
from specgraph.training.constraints import NormConstraint
from specgraph.training.initializers import FanScaled
from specgraph_keras.initializers import (
    KAIMING,
    constraint,
    in_training,
    initializer,
    starts,
)
from specgraph_keras.rules.attention import attended, spread_mask
from specgraph_keras.rules.base import RULES, make

SUBLAYERS = {
    "query": "query",
    "key": "key",
    "value": "value",
    "output": "attention_output",
}
"""What Keras calls the projections."""
_INTO_HEADS = "btf,fhd->bhtd", "hd"


@RULES.lower(MultiHeadAttention)
def multi_head_attention(op: MultiHeadAttention, at: At) -> Lowered:
    """The framework's layer where it can say all, else projections and a helper."""
    named = _starts(op, at)
    # Keras's own trains its projections, frozen or not.
    if named is None or not at.trainable or _is_lacking(op, at):
        return _apart(op, at)
    if "output_kernel_initializer" in named and not _may_start_apart(op, at):
        return _apart(op, at)
    return _layer(op, at, named)


def _may_start_apart(op: MultiHeadAttention, at: At) -> bool:
    """Whether the layer needs no other helper than that of its output's start."""
    heads, groups, _, _ = op.heads
    return heads == groups and not _has_long_scores(op, at)


def _has_long_scores(op: MultiHeadAttention, at: At) -> bool:
    """Whether scores are asked for that are not square, as Keras says they are."""
    query, key, _ = op.operands(at.types)
    return "scores" in at.used and query.shape[0] != key.shape[0]


def _is_lacking(op: MultiHeadAttention, at: At) -> bool:
    """Whether Keras's layers have no such sizes or biases, or add the biases wrongly.

    `keras.ops.add` takes a bias of heads of one for one of as many time steps.
    """
    heads, groups, key_dim, value_dim = op.heads
    query, _, value = op.operands(at.types)
    if not isinstance(op.use_bias, bool):
        return True
    if op.use_bias and heads > 1 and 1 in (key_dim, value_dim):
        return True
    widths = {query.shape[1], value.shape[1], op.output_shape}
    return groups != heads and (value_dim != key_dim or len(widths) > 1)


def _starts(op: MultiHeadAttention, at: At) -> dict[str, Argument] | None:
    """The initializers as arguments: one of all kernels, or the output's own too.

    None where query, key and value differ, or biases do.
    """
    kernels = [param for param in at.params if param.name.endswith("kernel")]
    *found, last = [_start(op, at, kernel) for kernel in kernels]
    if any(one != found[0] for one in found):
        return None
    own: dict[str, Argument] = {}
    if last != found[0]:
        start = last.get("kernel_initializer", "glorot_uniform")
        own["output_kernel_initializer"] = start
    biases: list[dict[str, Argument]] = [
        starts(at, {}, bias_initializer=(param.name, "zeros"))
        for param in at.params
        if param.name.endswith("bias")
    ]
    if any(one != biases[0] for one in biases):
        return None
    return {**found[0], **own, **(biases[0] if biases else {})}


def _start(op: MultiHeadAttention, at: At, kernel: Param) -> dict[str, Argument]:
    """The argument for a kernel's initializer, whose axes the layer itself fills in."""
    last = kernel.name == "output_kernel"
    written = op.output_kernel_initializer if last else op.kernel_initializer
    assert written is not None
    if isinstance(written, FanScaled) and written != KAIMING:
        kernel = replace(kernel, initializer=written)
    if written.label == "glorot_uniform":
        return {}
    return {"kernel_initializer": initializer(at, kernel)}


def _layer(op: MultiHeadAttention, at: At, named: dict[str, Argument]) -> Lowered:
    """`layers.MultiHeadAttention(8, 64)(x, x)`."""
    heads, groups, key_dim, value_dim = op.heads
    query, _, _ = op.operands(at.types)
    scored = "scores" in at.used
    kind: str | Expr = "MultiHeadAttention"
    args: tuple[Argument, ...] = heads, key_dim
    if groups != heads:
        kind, args = "GroupQueryAttention", (key_dim, heads, groups)
    elif _has_long_scores(op, at):
        kind = at.helper("MultiHeadAttention")
    elif "output_kernel_initializer" in named:
        kind = at.helper("MultiHeadAttentionWithStart")
    own: dict[str, Argument] = {}
    if value_dim != key_dim:
        own["value_dim"] = value_dim
    if op.dropout:
        own["dropout"] = op.dropout
    if not op.use_bias:
        own["use_bias"] = False
    if op.output_shape != query.shape[1]:
        own["output_shape"] = op.output_shape
    layer = make(at, kind, *args, **own, **named, **in_training(op, "kernel", "bias"))
    # Only with scores or dropout does a query that sees no key give zeros in Keras.
    whole = scored or (at.inputs.maybe("mask") is not None and not op.dropout)
    made = call(layer, *_operands(at), **_seen(op, at, whole))
    slots = []
    for param in at.params:
        name, _, role = param.name.partition("_")
        slots.append(slot(f"{SUBLAYERS[name]}/{role}", param.name))
    if whole:
        return attended(at, made, tuple(slots))
    return Lowered({"output": made}, slots=tuple(slots))


def _apart(op: MultiHeadAttention, at: At) -> Lowered:
    """`layers.EinsumDense` for each projection, and attention by a helper."""
    heads, groups, key_dim, value_dim = op.heads
    query = at.inputs.one("query")
    value = at.inputs.maybe("value") or query
    key = at.inputs.maybe("key") or value
    assert op.output_shape is not None
    settings: dict[str, Argument] = {"causal": True} if op.causal else {}
    if op.dropout:
        settings["dropout"] = op.dropout
    attend = make(at, at.helper("DotProductAttention"), **settings)
    made = call(
        attend,
        call(_projection(op, at, "query", (heads, None, key_dim)), query),
        call(_projection(op, at, "key", (groups, None, key_dim)), key),
        call(_projection(op, at, "value", (groups, None, value_dim)), value),
        *spread_mask(at),
    )
    lowered = attended(at, made, ())
    mixed = lowered.outputs["output"]
    project = _projection(op, at, "output", (None, op.output_shape))
    lowered.outputs["output"] = call(project, mixed)
    found = []
    for param in at.params:
        name, _, role = param.name.partition("_")
        spread: tuple[int, ...] = ()
        if role == "bias" and name != "output":
            spread = (param.shape[0], 1, param.shape[1])
        found.append(slot(f"{_key(at, name)}/{role}", param.name, shape=spread))
    lowered.slots = tuple(found)
    return lowered


def _projection(
    op: MultiHeadAttention, at: At, name: str, sizes: tuple[int | None, ...]
) -> Expr:
    """The layer of a projection, into heads before time or out of them."""
    equation, axes = ("bhtd,hdf->btf", "f") if name == "output" else _INTO_HEADS
    kernel = at.param(f"{name}_kernel")
    assert kernel is not None
    named: dict[str, Argument] = {"bias_axes": axes} if op.biased(name) else {}
    named |= _start(op, at, kernel)
    named |= starts(at, {}, bias_initializer=(f"{name}_bias", "zeros"))
    named |= in_training(op, "kernel", "bias")
    limit = op.bias_constraint
    if name != "output" and isinstance(limit, NormConstraint):
        along = [2 * axis for axis in limit.axes(2)]  # one for time lies between
        named["bias_constraint"] = constraint(limit.along(along))
    if not at.trainable:
        named["trainable"] = False
    title = at.layer(f"_{name}")
    return call("layers.EinsumDense", equation, sizes, **named, name=title)


def _key(at: At, projection: str) -> str:
    """Where the weights of a projection's layer are; in a block, behind its name."""
    title = at.layer(f"_{projection}")
    return f"/{title.value}" if isinstance(title, Const) else f"_{projection}"


def _operands(at: At) -> list[Argument]:
    """Query and value, as Keras orders them."""
    query = at.inputs.one("query")
    return [query, at.inputs.maybe("value") or query]


def _seen(op: MultiHeadAttention, at: At, scored: bool) -> dict[str, Argument]:
    """The key, if it is not the value, and which keys a query sees."""
    named: dict[str, Argument] = {}
    key, mask = at.inputs.maybe("key"), at.inputs.maybe("mask")
    if key is not None:
        named["key"] = key
    if mask is not None:
        kind = at.types.one("mask")
        one = len(kind.shape) == 1
        named["attention_mask"] = call("ops.expand_dims", mask, 1) if one else mask
    if op.causal:
        named["use_causal_mask"] = True
    return {**named, "return_attention_scores": True} if scored else named
