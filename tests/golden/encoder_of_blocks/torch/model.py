# encoder_of_blocks.yaml · sha256 8f2f5b188d50 · specgraph 0.1.0 · body 1db371fe7799
"""A small encoder whose layers are one class.

Inputs  tokens: int32 [B, time]
        segments: int32 [B, time]
        mask: bool [B, time]
Outputs hidden: float32 [B, time, 12]
        pooled: float32 [B, 12]
Parameters: 3,280
"""

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


class EncoderLayer(nn.Module):
    def __init__(
        self, in_channels: int, heads: int, rate: float, hidden: int, width: int
    ) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(in_channels, heads, dropout=rate)
        self.dropout = nn.Dropout(rate)
        self.layer_norm = nn.LayerNorm(in_channels, eps=1e-12)
        self.expand = nn.Linear(in_channels, hidden)
        self.contract = nn.Linear(hidden, width)
        self.dropout_2 = nn.Dropout(rate)
        self.layer_norm_2 = nn.LayerNorm(in_channels, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        y = self.attention(x, mask=mask[:, None, None])  # [B, time, 12]
        y = self.dropout(y)  # [B, time, 12]
        x = x + y  # [B, time, 12]
        x = self.layer_norm(x)  # [B, time, 12]
        y = F.gelu(self.expand(x))  # [B, time, 20]
        y = self.contract(y)  # [B, time, 12]
        y = self.dropout_2(y)  # [B, time, 12]
        x = x + y  # [B, time, 12]
        output: Tensor = self.layer_norm_2(x)  # [B, time, 12]
        return output


class EncoderOfBlocks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(50, 12)
        self.segment_embedding = nn.Embedding(2, 12)
        self.position_embedding = nn.Embedding(9, 12)
        self.layer_norm = nn.LayerNorm(12, eps=1e-12)
        self.dropout = nn.Dropout(0.1)
        self.encoder = nn.ModuleList(
            EncoderLayer(12, 3, rate=0.1, hidden=20, width=12) for _ in range(2)
        )
        self.pooler = nn.Linear(12, 12)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)

    def forward(
        self, tokens: Tensor, segments: Tensor, mask: Tensor
    ) -> dict[str, Tensor]:
        time = tokens.shape[1]
        if time > 9:
            raise ValueError(f"time must be at most 9, got {time}")
        token_embedding = self.token_embedding(tokens)  # [B, time, 12]
        x = self.segment_embedding(segments)  # [B, time, 12]
        x = token_embedding + x  # [B, time, 12]
        x = x + self.position_embedding.weight[: x.shape[1]]  # [B, time, 12]
        x = self.layer_norm(x)  # [B, time, 12]
        x = self.dropout(x)  # [B, time, 12]
        hidden = x
        for layer in self.encoder:
            hidden = layer(hidden, mask)
        x = hidden[:, 0]  # [B, 12]
        pooled = torch.tanh(self.pooler(x))  # [B, 12]
        return {"hidden": hidden, "pooled": pooled}
