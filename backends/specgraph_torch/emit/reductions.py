"""Choices among many that torch leaves open."""

import torch
from torch import Tensor


def top_k(x: Tensor, k: int, dim: int) -> tuple[Tensor, Tensor]:
    """`torch.topk`, but of equals the first ones; there they may be any."""
    values, indices = torch.sort(x, dim=dim, descending=True, stable=True)
    return values.narrow(dim, 0, k), indices.narrow(dim, 0, k)
