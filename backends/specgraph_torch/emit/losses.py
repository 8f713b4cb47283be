"""Parts of losses that PyTorch has not, or computes otherwise."""

import torch
from torch import Tensor


def bounded_log(p: Tensor, least: float) -> Tensor:
    """log p, at least `least`, where its gradient is 0; clamp alone gives NaN at 0."""
    positive = p > 0
    logarithm = torch.where(positive, p, 1.0).log()
    return torch.where(positive, logarithm, least).clamp(min=least)
