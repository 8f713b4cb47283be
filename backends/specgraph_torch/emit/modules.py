"""Modules that `torch.nn` lacks."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Parameter(nn.Module):
    """A learned value, alike for every example, as a module of an `nn.ModuleDict`."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.zeros(shape))

    def forward(self, x: Tensor) -> Tensor:
        return self.value.expand(x.shape[0], *self.value.shape)


class Constant(nn.Module):
    """Fixed numbers, alike for every example, as a module of an `nn.ModuleDict`."""

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.value = nn.Buffer(value, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.value.expand(x.shape[0], *self.value.shape)


class TransposedLinear(nn.Module):
    """A linear layer with another one's weight, which is handed in, transposed."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(units))

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.linear(x, weight.t(), self.bias)
