"""Initializers that `torch.nn.init` lacks."""

import math

import torch
from torch import Tensor, nn


def variance_scaling_(weight: Tensor, scale: float, mode: str = "fan_in") -> None:
    """Keras's `variance_scaling`: a normal cut at two deviations, variance scale / fan.

    `nn.init.kaiming_normal_` and its kin do not cut.
    """
    field = weight[0, 0].numel()
    fan_in, fan_out = weight.shape[1] * field, weight.shape[0] * field
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    std = math.sqrt(scale / fans[mode]) / 0.87962566103423978
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)


def identity_(weight: Tensor, gain: float, blocks: tuple[int, ...] = (0,)) -> None:
    """`gain` on the diagonal of a matrix whose blocks of rows come in an order.

    `nn.init.eye_` knows neither a gain nor blocks.
    """
    nn.init.eye_(weight)
    rows = weight.detach().chunk(len(blocks))
    with torch.no_grad():
        weight.copy_(gain * torch.cat([rows[block] for block in blocks]))


def orthogonal_by_channel_(weight: Tensor, channels: int, gain: float = 1.0) -> None:
    """Keras's `orthogonal` of a depthwise kernel: its rows are cells of all channels.

    `nn.init.orthogonal_` would take each channel's kernels for a row.
    """
    blocks = weight.view(channels, -1, weight[0].numel()).transpose(1, 2)
    matrix = nn.init.orthogonal_(torch.empty_like(blocks).flatten(0, 1), gain)
    with torch.no_grad():
        weight.copy_(matrix.view_as(blocks).transpose(1, 2).reshape(weight.shape))


def sinusoidal_(
    weight: Tensor,
    base: float = 10000.0,
    interleaved: bool = True,
    start: float = 0.0,
    step: float = 1.0,
) -> None:
    """Sines and cosines of the position that each row is (Vaswani et al., 2017)."""
    rows, width = weight.shape
    position = start + step * torch.arange(rows, dtype=torch.float64)
    power = torch.arange(0, width, 2, dtype=torch.float64) / width
    angle = position.unsqueeze(1) * base**-power
    waves = torch.stack((angle.sin(), angle.cos()), -1 if interleaved else 1)
    with torch.no_grad():
        weight.copy_(waves.flatten(1)[:, :width])


def find_norm(layer: nn.Module) -> None:
    """Improves the vectors of a spectral norm, whose weight was filled after them.

    As often as PyTorch does when it makes them: each reading in training is one time.
    """
    for _ in range(15):
        _ = layer.weight
