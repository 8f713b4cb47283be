# encoder.yaml · sha256 dc5d8948984d · specgraph 0.1.0 · body 0d7db1d77aaf
"""A layer of a transformer that sees the words that are present.

Inputs  tokens: int32 [B, time]
        mask: bool [B, time]
Output  pooler: float32 [B, 4]
Parameters: 2,244
"""

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


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 12)
        self.position_embedding = nn.Embedding(32, 12)
        self.layer_norm = nn.LayerNorm(12, eps=1e-12)
        self.start = nn.Dropout(0.1)
        self.attention = MultiHeadAttention(12, 3, dropout=0.1)
        self.dropout = nn.Dropout(0.1)
        self.layer_norm_2 = nn.LayerNorm(12, eps=1e-12)
        self.expand = nn.Linear(12, 20)
        self.contract = nn.Linear(20, 12)
        self.dropout_2 = nn.Dropout(0.1)
        self.hidden = nn.LayerNorm(12, eps=1e-12)
        self.pooler = nn.Linear(12, 4)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        time = tokens.shape[1]
        if time > 32:
            raise ValueError(f"time must be at most 32, got {time}")
        x = self.embedding(tokens)  # [B, time, 12]
        x = x + self.position_embedding.weight[: x.shape[1]]  # [B, time, 12]
        x = self.layer_norm(x)  # [B, time, 12]
        x = self.start(x)  # [B, time, 12]
        y = self.attention(x, mask=mask[:, None, None])  # [B, time, 12]
        y = self.dropout(y)  # [B, time, 12]
        x = x + y  # [B, time, 12]
        x = self.layer_norm_2(x)  # [B, time, 12]
        y = F.gelu(self.expand(x))  # [B, time, 20]
        y = self.contract(y)  # [B, time, 12]
        y = self.dropout_2(y)  # [B, time, 12]
        x = x + y  # [B, time, 12]
        x = self.hidden(x)  # [B, time, 12]
        x = x[:, 0]  # [B, 12]
        output: Tensor = self.pooler(x)  # [B, 4]
        return output
