"""Attention with its projections."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    """Multi-head attention whose masks are true where a query sees a key.

    `nn.MultiheadAttention` has the opposite, and NaN for a query that sees none.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        key_dim: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        joint = heads * (key_dim or width // heads)
        self.heads = heads
        self.dropout = dropout
        self.query = nn.Linear(width, joint, bias)
        self.key = nn.Linear(width, joint, bias)
        self.value = nn.Linear(width, joint, bias)
        self.output = nn.Linear(joint, width, bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        mask: Tensor | None = None,
        causal: bool = False,
    ) -> Tensor:
        key = query if key is None else key
        value = key if value is None else value
        projected = self.query(query), self.key(key), self.value(value)
        q, k, v = (x.unflatten(2, (self.heads, -1)).transpose(1, 2) for x in projected)
        if causal and mask is not None:
            mask = mask & mask.new_ones(q.shape[2], k.shape[2]).tril()
        dropout = self.dropout if self.training else 0.0
        causal = causal and mask is None
        y = F.scaled_dot_product_attention(q, k, v, mask, dropout, causal)
        output: Tensor = self.output(y.transpose(1, 2).flatten(2))
        return output


class ProjectedAttention(nn.Module):
    """Multi-head attention by projections of any size, as `nn.MultiheadAttention` lacks.

    Keys and values have `groups` heads; a mask is true where a query sees a key.
    """

    def __init__(
        self,
        heads: int,
        query: nn.Linear,
        key: nn.Linear,
        value: nn.Linear,
        output: nn.Linear,
        groups: int | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads, self.groups, self.dropout = heads, groups or heads, dropout
        self.query, self.key, self.value, self.output = query, key, value, output

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        mask: Tensor | None = None,
        causal: bool = False,
    ) -> Tensor:
        key = query if key is None else key
        value = key if value is None else value
        q = self.query(query).unflatten(2, (self.heads, -1)).transpose(1, 2)
        k = self.key(key).unflatten(2, (self.groups, -1)).transpose(1, 2)
        v = self.value(value).unflatten(2, (self.groups, -1)).transpose(1, 2)
        if causal and mask is not None:
            mask = mask & mask.new_ones(q.shape[2], k.shape[2]).tril()
        y = F.scaled_dot_product_attention(
            *(q, k, v, mask),
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=causal and mask is None,
            enable_gqa=self.groups < self.heads,
        )
        output: Tensor = self.output(y.transpose(1, 2).flatten(2))
        return output


class ScoredAttention(nn.Module):
    """Multi-head attention that gives its scores too, which the fused one keeps.

    Keys and values have `groups` heads; a mask is true where a query sees a key.
    """

    def __init__(
        self,
        heads: int,
        query: nn.Linear,
        key: nn.Linear,
        value: nn.Linear,
        output: nn.Linear,
        groups: int | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads, self.groups, self.dropout = heads, groups or heads, dropout
        self.query, self.key, self.value, self.output = query, key, value, output

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        mask: Tensor | None = None,
        causal: bool = False,
    ) -> tuple[Tensor, Tensor]:
        key = query if key is None else key
        value = key if value is None else value
        q = self.query(query).unflatten(2, (self.heads, -1)).transpose(1, 2)
        k = self.key(key).unflatten(2, (self.groups, -1)).transpose(1, 2)
        v = self.value(value).unflatten(2, (self.groups, -1)).transpose(1, 2)
        k, v = (x.repeat_interleave(self.heads // self.groups, 1) for x in (k, v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        seen = torch.ones_like(scores, dtype=torch.bool)
        if causal:
            seen = seen.tril()
        if mask is not None:
            seen = seen & mask
        scores = scores.masked_fill(~seen, torch.finfo(scores.dtype).min)
        scores = scores.softmax(-1) * seen
        y = F.dropout(scores, self.dropout, self.training) @ v
        return self.output(y.transpose(1, 2).flatten(2)), scores


def masked_softmax(
    scores: Tensor, seen: Tensor | None = None, causal: bool = False
) -> Tensor:
    """A softmax over the keys that a query sees; one that sees none gives zeros."""
    if causal:
        past = scores.new_ones(scores.shape[-2:], dtype=torch.bool).tril()
        seen = past if seen is None else seen & past
    if seen is None:
        return scores.softmax(-1)
    scores = scores.masked_fill(~seen, torch.finfo(scores.dtype).min)
    return scores.softmax(-1) * seen
