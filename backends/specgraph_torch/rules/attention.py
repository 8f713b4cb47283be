"""Attention: `F.scaled_dot_product_attention`, or the softmax of its scores."""

from __future__ import annotations

from specgraph.lower.code import Argument, binary, call, item, method
from specgraph.lower.pycode import Attr, Const, Expr, IfExp, Name, Slice, dotted
from specgraph.lower.rules import At, Lowered
from specgraph.ops.attention import MaskedSoftmax, ScaledDotProductAttention
from specgraph_torch.rules.base import RULES


@RULES.lower(ScaledDotProductAttention)
def scaled_dot_product_attention(op: ScaledDotProductAttention, at: At) -> Lowered:
    """The framework's function."""
    query = at.inputs.one("query")
    key = at.inputs.maybe("key") or query
    value = at.inputs.maybe("value") or key
    named: dict[str, Argument] = {}
    mask = mask_of(at)
    sizes = [item(Attr(x, "shape"), 2) for x in (query, key)]
    if mask is not None and op.causal:
        before = method(method(at.inputs.one("mask"), "new_ones", *sizes), "tril")
        mask = binary(mask, "&", before)
    elif op.causal and op.scale is not None and op.scale <= 0:
        # `is_causal` scales -inf too, which makes NaN of it.
        ones = method(query, "new_ones", *sizes, dtype=dotted("torch.bool"))
        mask = method(ones, "tril")
    if mask is not None:
        named["attn_mask"] = mask
    if op.dropout:
        training = Attr(Name("self"), "training")
        named["dropout_p"] = IfExp(training, Const(op.dropout), Const(0.0))
    if op.causal and mask is None:
        named["is_causal"] = True
    if op.scale is not None:
        named["scale"] = op.scale
    function = "F.scaled_dot_product_attention"
    return Lowered({"output": call(function, query, key, value, **named)})


@RULES.lower(MaskedSoftmax)
def masked_softmax(op: MaskedSoftmax, at: At) -> Lowered:
    """A helper; the framework's function where every query sees every key."""
    mask = mask_of(at)
    if mask is None and not op.causal:
        return Lowered({"output": call("F.softmax", at.input, dim=-1)})
    seen = () if mask is None else (mask,)
    named: dict[str, Argument] = {"causal": True} if op.causal else {}
    made = call(at.helper("masked_softmax"), at.input, *seen, **named)
    return Lowered({"output": made})


def mask_of(at: At) -> Expr | None:
    """The mask as [batch, heads, query, key]."""
    mask, kind = at.inputs.maybe("mask"), at.types.maybe("mask")
    if mask is None or kind is None:
        return None
    missing = 4 - kind.rank
    if not missing:
        return mask
    if missing == 1:
        return method(mask, "unsqueeze", 1)
    return item(mask, Slice(), *[Const(None)] * missing)
