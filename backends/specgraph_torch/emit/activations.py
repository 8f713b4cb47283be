"""Activations that `torch.nn.functional` lacks, or rounds, or bends at a kink."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def relu(
    x: Tensor,
    max_value: float | None = None,
    negative_slope: float = 0.0,
    threshold: float = 0.0,
) -> Tensor:
    """Keras's `ReLU`: `F.relu` with a threshold, a greatest value and a slope below."""
    y = F.threshold(x, threshold, 0)
    if max_value == 6 and threshold == 0:
        y = F.relu6(y)
    elif max_value is not None:
        y = y.clamp(max=max_value)
    return y - negative_slope * F.relu(threshold - x)


def celu(x: Tensor, alpha: float) -> Tensor:
    """`F.celu`, whose gradient has `1 / alpha` rounded to float32 in every dtype."""
    return alpha * F.elu(x / alpha)


def selu(x: Tensor) -> Tensor:
    """`F.selu`, but at 0 with the slope of the positive side, as in Keras."""
    return torch.where(x < 0, F.selu(x), 1.0507009873554805 * x)


def hard_sigmoid(x: Tensor) -> Tensor:
    """`F.hardsigmoid`, whose gradient is that of float32 in every dtype."""
    return F.relu6(x + 3) / 6


def squareplus(x: Tensor, b: float = 4.0) -> Tensor:
    """A smooth positive part by a square root, as in Keras."""
    return (x + torch.sqrt(x.square() + b)) / 2


def joint_softmax(x: Tensor, dim: tuple[int, ...]) -> Tensor:
    """A softmax over several axes together; `F.softmax` takes one."""
    powers = torch.exp(x - x.amax(dim, keepdim=True).detach())
    return powers / powers.sum(dim, keepdim=True)


class PReLU(nn.PReLU):
    """`nn.PReLU` with slopes of any shape; its own are one, or one a channel."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, 0.25))

    def forward(self, input: Tensor) -> Tensor:
        return torch.where(input > 0, input, self.weight * input)
