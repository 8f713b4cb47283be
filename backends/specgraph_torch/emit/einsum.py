"""Dense layers along any axes."""

import torch
from torch import Tensor, nn


class EinsumDense(nn.Module):
    """A weight times the input as an equation says; `nn.Linear` has one equation."""

    def __init__(
        self,
        equation: str,
        weight: tuple[int, ...],
        bias: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__()
        self.equation = equation
        self.weight = nn.Parameter(torch.zeros(weight))
        self.bias = None if bias is None else nn.Parameter(torch.zeros(bias))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.einsum(self.equation, x, self.weight)
        return y if self.bias is None else y + self.bias
