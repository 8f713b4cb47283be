"""A sentiment classifier as a PyTorch user writes it."""
# mypy: no-warn-return-any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class TextLSTM(nn.Module):
    def __init__(
        self, vocabulary: int = 10000, width: int = 128, hidden: int = 64
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, 1)

    def forward(self, tokens: Tensor) -> Tensor:
        _, (state, _) = self.lstm(self.embedding(tokens))
        return self.fc2(F.relu(self.fc1(state[-1])))


def train_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor
) -> Tensor:
    optimizer.zero_grad()
    loss = F.binary_cross_entropy_with_logits(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.detach()
