# sequence_conv.yaml · sha256 03dcfc84471d · specgraph 0.1.0 · body 6c61cf0d1447
"""Causal and strided convolutions over sequences of any length.

Input   features: float32 [B, time, 12]
Output  dense: float32 [B, 1]
Parameters: 2,433
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def same_padding(
    x: Tensor,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...] = (1, 1, 1),
) -> list[int]:
    """TensorFlow's `same` padding for `F.pad`; the odd cell comes after.

    It depends on the size of x, so no layer has it as a number.
    """
    amounts: list[int] = []
    for length, cells, step, gap in zip(
        x.shape[2:], size, stride, dilation, strict=False
    ):
        total = max((cells - 1) * gap + 1 - step + -length % step, 0)
        amounts = [total // 2, total - total // 2, *amounts]
    return amounts


class SequenceConv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1d = nn.Conv1d(12, 16, 3)
        self.conv1d_2 = nn.Conv1d(16, 16, 3, dilation=2)
        self.conv1d_3 = nn.Conv1d(16, 24, 5, stride=2, groups=2)
        self.layer_norm = nn.LayerNorm(24, eps=0.001)
        self.dense = nn.Linear(24, 1)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Conv1d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def logits(self, features: Tensor) -> Tensor:
        time = features.shape[1]
        if time < 8 or time > 1024 or time % 4:
            raise ValueError(
                f"time must be from 8 to 1024 and a multiple of 4, got {time}"
            )
        x = features.permute(0, 2, 1)  # [B, 12, time]
        x = F.pad(x, (2, 0))  # [B, 12, time + 2]
        x = F.relu(self.conv1d(x))  # [B, 16, time]
        x = F.pad(x, (4, 0))  # [B, 16, time + 4]
        x = F.relu(self.conv1d_2(x))  # [B, 16, time]
        x = F.max_pool1d(x, 2)  # [B, 16, time // 2]
        x = F.pad(x, same_padding(x, (5,), (2,)))
        x = self.conv1d_3(x)  # [B, 24, (time + 2) // 4]
        x = x.permute(0, 2, 1)  # [B, (time + 2) // 4, 24]
        x = self.layer_norm(x)  # [B, (time + 2) // 4, 24]
        x = x.permute(0, 2, 1)  # [B, 24, (time + 2) // 4]
        x = x.mean(dim=2)  # [B, 24]
        logits: Tensor = self.dense(x)  # [B, 1]
        return logits

    def forward(self, features: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(features))
