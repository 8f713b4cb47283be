# mnist_cnn.yaml · sha256 63f5c4b4e399 · specgraph 0.1.0 · body 9aff43716e72
"""Small image classifier.

Input   image: float32 [B, 1, 28, 28] (channels first)
Output  dense_2: float32 [B, 10]
Parameters: 693,962
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MnistCnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(1, 32, 3)
        self.dense = nn.Linear(5408, 128)
        self.dense_2 = nn.Linear(128, 10)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def logits(self, image: Tensor) -> Tensor:
        x = F.relu(self.conv2d(image))  # [B, 32, 26, 26]
        x = F.max_pool2d(x, 2)  # [B, 32, 13, 13]
        x = torch.flatten(x, 1)  # [B, 5408]
        x = F.relu(self.dense(x))  # [B, 128]
        logits: Tensor = self.dense_2(x)  # [B, 10]
        return logits

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)
