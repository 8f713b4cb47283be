"""What attention computes."""

from __future__ import annotations

import numpy as np

from specgraph.ops.attention import MaskedSoftmax, ScaledDotProductAttention
from specgraph.reference.base import Array, Evaluation, reference


@reference(ScaledDotProductAttention)
def scaled_dot_product_attention(
    op: ScaledDotProductAttention, at: Evaluation
) -> Array:
    """Values by how well their keys fit."""
    query = at.inputs.one("query")
    key = at.inputs.many("key") or (query,)
    value = at.inputs.many("value") or key
    scale = 1 / np.sqrt(query.shape[-1]) if op.scale is None else op.scale
    scores = scores_of(at, query, key[0], scale, op.causal)
    return np.asarray(dropped(at, scores, op.dropout) @ value[0])


def scores_of(at: Evaluation, q: Array, k: Array, scale: float, causal: bool) -> Array:
    """How much of each key a query takes [batch, heads, query, key]."""
    return _shares(at, q @ k.swapaxes(-1, -2) * q.real.dtype.type(scale), causal)


@reference(MaskedSoftmax)
def masked_softmax(op: MaskedSoftmax, at: Evaluation) -> Array:
    """Shares of the keys that a query sees."""
    return _shares(at, at.inputs.one("input"), op.causal)


def _shares(at: Evaluation, logits: Array, causal: bool) -> Array:
    """The softmax over the keys that a query sees; zeros where it sees none."""
    seen = _seen(at, logits.shape, causal)
    top = np.where(seen, logits.real, -np.inf).max(axis=-1, keepdims=True)
    exponent = np.where(seen, logits - np.where(np.isfinite(top), top, 0), 0)
    weights = np.where(seen, np.exp(exponent), 0)
    total = weights.sum(axis=-1, keepdims=True)
    return np.asarray(weights / np.where(seen.any(axis=-1, keepdims=True), total, 1))


def _seen(at: Evaluation, shape: tuple[int, ...], causal: bool) -> Array:
    """Which keys a query sees, of scores of this shape."""
    seen = np.ones(shape, np.bool_)
    if causal:
        seen = np.tril(seen)
    mask = at.inputs.maybe("mask")
    if mask is None:
        return seen
    between = (1,) * (len(shape) - mask.ndim)
    return np.asarray(seen & mask.reshape(mask.shape[0], *between, *mask.shape[1:]))


def dropped(at: Evaluation, scores: Array, rate: float) -> Array:
    """In training, what is kept of scores grows, so that the mean stays."""
    if not at.training or rate == 0:
        return scores
    if rate == 1:
        return np.zeros_like(scores)
    return np.where(at.draws(scores.shape), scores / (1 - rate), 0)
