"""What acts in training alone, and `torch.nn` has no layers for."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class GaussianDropout(nn.Module):
    """In training, factors of mean 1 and variance rate / (1 - rate), as in Keras."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.deviation = math.sqrt(rate / (1 - rate))

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return input
        return input * (1 + self.deviation * torch.randn_like(input))


class GaussianNoise(nn.Module):
    """In training, normal numbers beside the input, as in Keras."""

    def __init__(self, stddev: float) -> None:
        super().__init__()
        self.stddev = stddev

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return input
        return input + self.stddev * torch.randn_like(input)


class StochasticDepth(nn.Module):
    """Dropout of whole examples (Huang et al., 2016)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return input
        kept = input.new_ones(len(input), *[1] * (input.ndim - 1))
        return input * F.dropout(kept, self.rate)


class ActivityRegularization(nn.Module):
    """The identity; what passes is penalized, in the mean of the batch, as in Keras."""

    penalty: Tensor

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        super().__init__()
        self.l1, self.l2 = l1, l2
        self.register_buffer("penalty", torch.zeros(()), persistent=False)

    def forward(self, input: Tensor) -> Tensor:
        each = self.l1 * input.abs() + self.l2 * input.square()
        self.penalty = each.sum() / len(input)
        return input
