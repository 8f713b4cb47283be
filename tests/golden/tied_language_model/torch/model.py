# tied_language_model.yaml · sha256 ffffefa3dfd9 · specgraph 0.1.0 · body d6ec3029d7e2
"""A masked language model with one encoder layer used throughout (Lan et al., 2020).

Inputs  tokens: int32 [B, time]
        mask: bool [B, time]
Output  scores: float32 [B, time, 30000]
Parameters: 4,150,576
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


class EncoderLayer(nn.Module):
    def __init__(self, in_channels: int, heads: int, hidden: int, width: int) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(in_channels, heads)
        self.layer_norm = nn.LayerNorm(in_channels, eps=0.001)
        self.dense = nn.Linear(in_channels, hidden)
        self.dense_2 = nn.Linear(hidden, width)
        self.layer_norm_2 = nn.LayerNorm(in_channels, eps=0.001)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        y = self.attention(x, mask=mask[:, None, None])  # [B, time, 128]
        x = x + y  # [B, time, 128]
        x = self.layer_norm(x)  # [B, time, 128]
        y = F.gelu(self.dense(x))  # [B, time, 512]
        y = self.dense_2(y)  # [B, time, 128]
        x = x + y  # [B, time, 128]
        output: Tensor = self.layer_norm_2(x)  # [B, time, 128]
        return output


class TiedLanguageModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(30000, 128)
        self.position_embedding = nn.Embedding(512, 128)
        self.encoder = EncoderLayer(128, 4, hidden=512, width=128)
        self.transform = nn.Linear(128, 128)
        self.layer_norm = nn.LayerNorm(128, eps=0.001)
        self.scores = nn.Linear(128, 30000)
        self.apply(self._initialize)
        self.scores.weight = self.words.weight

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.Embedding):
            nn.init.uniform_(module.weight, -0.05, 0.05)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        time = tokens.shape[1]
        if time > 512:
            raise ValueError(f"time must be at most 512, got {time}")
        x = self.words(tokens)  # [B, time, 128]
        x = x + self.position_embedding.weight[: x.shape[1]]  # [B, time, 128]
        x = self.encoder(x, mask)  # [B, time, 128]
        for _ in range(5):
            x = self.encoder(x, mask)
        x = F.gelu(self.transform(x))  # [B, time, 128]
        x = self.layer_norm(x)  # [B, time, 128]
        output: Tensor = self.scores(x)  # [B, time, 30000]
        return output
