"""Floats made of other numbers, of the type that the model has."""

import torch
from torch import Tensor, nn


class ToFloat(nn.Module):
    """Numbers as floats of the model's own type, which `.double()` and `.half()` set."""

    kind: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kind", torch.empty(0), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x.to(self.kind.dtype)


class OneHot(nn.Module):
    """`F.one_hot` as floats of the model's own type; zeros for what is no class."""

    ones: Tensor

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.register_buffer("ones", torch.ones(num_classes), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        classes = torch.arange(len(self.ones), device=ids.device)
        return (ids.unsqueeze(-1) == classes) * self.ones
