# two_towers.yaml · sha256 490e14046244 · specgraph 0.1.0 · body 6ccc28460b36
"""An image and words about it; what it shows, and how well they agree.

Inputs  image: float32 [B, 3, 16, 16] (channels first)
        words: int32 [B, length]
Outputs policy: float32 [B, 5]
        value: float32 [B, 1]
        agreement: float32 [B, 24]
Parameters: 10,190
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class TwoTowers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(3, 8, 3)
        self.dense = nn.Linear(8, 24)
        self.vectors = nn.Embedding(500, 12)
        self.lstm = nn.LSTM(12, 24, batch_first=True)
        self.layer_norm = nn.LayerNorm(24, eps=0.001)
        self.dense_2 = nn.Linear(24, 5)
        self.dense_3 = nn.Linear(24, 1)
        self.lstm.bias_hh_l0.requires_grad_(False)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        if isinstance(module, nn.Embedding):
            nn.init.uniform_(module.weight, -0.05, 0.05)
        if isinstance(module, nn.LSTM):
            for name, parameter in module.named_parameters():
                if name == "weight_ih_l0":
                    nn.init.xavier_uniform_(parameter)
                elif name == "weight_hh_l0":
                    nn.init.orthogonal_(parameter)
                elif name == "bias_ih_l0":
                    nn.init.zeros_(parameter)
                    nn.init.ones_(parameter.chunk(4)[1])
                elif name == "bias_hh_l0":
                    nn.init.zeros_(parameter)

    def logits(self, image: Tensor, words: Tensor) -> dict[str, Tensor]:
        length = words.shape[1]
        if length < 2 or length > 64:
            raise ValueError(f"length must be from 2 to 64, got {length}")
        left = F.relu(self.conv2d(image))  # [B, 8, 14, 14]
        left = left.amax(dim=(2, 3))  # [B, 8]
        left = self.dense(left)  # [B, 24]
        right = self.vectors(words)  # [B, length, 12]
        right, _ = self.lstm(right)
        right = right[:, -1]  # [B, 24]
        agreement = left * right  # [B, 24]
        x = self.layer_norm(agreement)  # [B, 24]
        policy = self.dense_2(x)  # [B, 5]
        value = torch.tanh(self.dense_3(x))  # [B, 1]
        return {"policy": policy, "value": value, "agreement": agreement}

    def forward(self, image: Tensor, words: Tensor) -> dict[str, Tensor]:
        outputs = self.logits(image, words)
        return {**outputs, "policy": F.softmax(outputs["policy"], dim=-1)}
