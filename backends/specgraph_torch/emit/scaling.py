"""Scaling that `torch.nn` has no layer for."""

import torch
from torch import Tensor, nn


class LayerScale(nn.Module):
    """A learned factor for each channel (Touvron et al., 2021)."""

    def __init__(self, init_values: float, *shape: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full(shape, init_values))

    def forward(self, input: Tensor) -> Tensor:
        return input * self.gamma


def l2_normalize(x: Tensor, dim: tuple[int, ...]) -> Tensor:
    """`F.normalize` along several axes together; its own is typed for one."""
    length: Tensor = torch.linalg.vector_norm(x, dim=dim, keepdim=True)
    return x / length.clamp(min=1e-12)
