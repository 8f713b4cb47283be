"""Keras's constraints on weights, which PyTorch lacks; they change weights in place."""

from torch import Tensor
from torch.linalg import vector_norm


def max_norm(weight: Tensor, max_value: float, dim: int | tuple[int, ...]) -> None:
    """Shortens the vectors along `dim` to `max_value`, as Keras's MaxNorm does."""
    norms = vector_norm(weight, dim=dim, keepdim=True)
    weight.mul_(norms.clamp(max=max_value) / (norms + 1e-7))


def min_max_norm(
    weight: Tensor,
    min_value: float,
    max_value: float,
    rate: float,
    dim: int | tuple[int, ...],
) -> None:
    """Brings vectors along `dim` between two lengths, as Keras's MinMaxNorm does."""
    norms = vector_norm(weight, dim=dim, keepdim=True)
    wanted = rate * norms.clamp(min_value, max_value) + (1 - rate) * norms
    weight.mul_(wanted / (norms + 1e-7))


def unit_norm(weight: Tensor, dim: int | tuple[int, ...]) -> None:
    """Gives the vectors along `dim` length one, as Keras's UnitNorm does."""
    weight.div_(vector_norm(weight, dim=dim, keepdim=True) + 1e-7)
