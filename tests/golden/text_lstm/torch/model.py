# text_lstm.yaml · sha256 7c4de6143feb · specgraph 0.1.0 · body eaa99b61f8ae
"""Sentiment classifier for token sequences of any length.

Input   tokens: int32 [B, time]
Output  dense_2: float32 [B, 1]
Parameters: 1,419,905
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class TextLstm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10000, 128)
        self.lstm = nn.LSTM(128, 128, batch_first=True)
        self.dense = nn.Linear(128, 64)
        self.dense_2 = nn.Linear(64, 1)
        self.lstm.bias_hh_l0.requires_grad_(False)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
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
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)

    def logits(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)  # [B, time, 128]
        x, _ = self.lstm(x)
        x = x[:, -1]  # [B, 128]
        x = F.relu(self.dense(x))  # [B, 64]
        logits: Tensor = self.dense_2(x)  # [B, 1]
        return logits

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(tokens))
