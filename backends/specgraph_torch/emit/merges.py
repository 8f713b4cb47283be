"""Merges whose gradient at ties is not torch's."""

import torch
from torch import Tensor


def maximum(first: Tensor, *others: Tensor) -> Tensor:
    """The greatest; of equals the first has the gradient, not each a half of it."""
    for other in others:
        first = torch.where(first >= other, first, other)
    return first


def minimum(first: Tensor, *others: Tensor) -> Tensor:
    """The least; of equals the first has the gradient, not each a half of it."""
    for other in others:
        first = torch.where(first <= other, first, other)
    return first
