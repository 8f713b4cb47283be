"""Attention: the framework's function, or a helper."""

from __future__ import annotations

from specgraph.lower.code import Argument, binary, call
from specgraph.lower.pycode import Assign, Expr, Name, Stmt, Tuple
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import Slot
from specgraph.ops.attention import MaskedSoftmax, ScaledDotProductAttention
from specgraph_keras.rules.base import RULES, make


@RULES.lower(ScaledDotProductAttention)
def scaled_dot_product_attention(op: ScaledDotProductAttention, at: At) -> Lowered:
    """The framework's function; a helper where there is a mask or dropout."""
    query = at.inputs.one("query")
    key = at.inputs.maybe("key") or query
    value = at.inputs.maybe("value") or key
    named: dict[str, Argument] = {"scale": op.scale} if op.scale is not None else {}
    if at.inputs.maybe("mask") is None and not op.dropout:
        named.setdefault(
            "scale", binary(op.fixed(at.type.shape[2], "features"), "**", -0.5)
        )
        if op.causal:
            named["is_causal"] = True
        swapped = [call("ops.swapaxes", one, 1, 2) for one in (query, key, value)]
        made = call("ops.dot_product_attention", *swapped, **named)
        return Lowered({"output": call("ops.swapaxes", made, 1, 2)})
    if op.causal:
        named["causal"] = True
    if op.dropout:
        named["dropout"] = op.dropout
    attend = make(at, at.helper("DotProductAttention"), **named)
    return attended(at, call(attend, query, key, value, *spread_mask(at)), ())


@RULES.lower(MaskedSoftmax)
def masked_softmax(op: MaskedSoftmax, at: At) -> Lowered:
    """`layers.Softmax`, whose masks give zeros where nothing is seen; causal, a helper."""
    kind = at.helper("CausalSoftmax") if op.causal else "Softmax"
    mask = spread_mask(at)
    named: dict[str, Argument] = {"mask": mask[0]} if mask else {}
    return Lowered({"output": call(make(at, kind), at.input, **named)})


def attended(at: At, made: Expr, slots: tuple[Slot, ...]) -> Lowered:
    """A call that gives output and scores, each under a name where it is used."""
    outputs: dict[str, Expr] = {}
    for part, output in enumerate(("output", "scores")):
        used = output in at.used
        outputs[output] = at.result(output) if used else Name("_")
        made = at.tagged(made, output, part) if used else made
    body: list[Stmt] = [Assign([Tuple(list(outputs.values()))], made)]
    return Lowered(outputs, body=body, slots=slots)


def spread_mask(at: At) -> list[Expr]:
    """The mask as [batch, heads, query, key], if there is one."""
    mask = at.inputs.maybe("mask")
    if mask is None:
        return []
    missing = 4 - at.types.one("mask").rank
    if not missing:
        return [mask]
    axes: Argument = 1 if missing == 1 else (1, 2)
    return [call("ops.expand_dims", mask, axes)]
