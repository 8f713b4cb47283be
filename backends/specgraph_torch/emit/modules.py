"""Modules that `torch.nn` lacks."""

import torch
from torch import Tensor, nn


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
