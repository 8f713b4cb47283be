"""What attention by several heads computes."""

from __future__ import annotations

import numpy as np

from specgraph.ops.multi_head import MultiHeadAttention
from specgraph.reference.attention import dropped, scores_of
from specgraph.reference.base import Array, Evaluation, reference


@reference(MultiHeadAttention)
def multi_head_attention(op: MultiHeadAttention, at: Evaluation) -> dict[str, Array]:
    """Each projection by head, the heads' attention, and all heads together."""
    query = at.inputs.one("query")
    value = at.inputs.many("value") or (query,)
    key = at.inputs.many("key") or value
    heads, groups, key_dim, _ = op.heads
    q = _projected(op, at, "query", query)
    k, v = (
        np.repeat(_projected(op, at, name, given[0]), heads // groups, axis=1)
        for name, given in (("key", key), ("value", value))
    )
    scores = scores_of(at, q, k, 1 / np.sqrt(key_dim), op.causal)
    mixed = dropped(at, scores, op.dropout) @ v
    y = np.einsum("bhtd,hdf->btf", mixed, at.params["output_kernel"])
    found = {"output": y + at.params.get("output_bias", 0)}
    return {**found, "scores": scores} if op.return_attention_scores else found


def _projected(op: MultiHeadAttention, at: Evaluation, name: str, x: Array) -> Array:
    """[batch, heads, time, size] of [batch, time, features]."""
    y = np.einsum("btf,fhd->bthd", x, at.params[f"{name}_kernel"])
    return np.asarray((y + at.params.get(f"{name}_bias", 0)).swapaxes(1, 2))
