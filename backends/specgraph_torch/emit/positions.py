"""Positions that `torch.nn` knows nothing of."""

import torch
from torch import Tensor


def add_sinusoids(
    x: Tensor,
    base: float = 10000.0,
    interleaved: bool = True,
    start: float = 0.0,
    step: float = 1.0,
) -> Tensor:
    """Adds sines and cosines of the position (Vaswani et al., 2017), alternating or not."""
    time, width = x.shape[-2:]
    kind = torch.promote_types(x.dtype, torch.float32)
    position = start + step * torch.arange(time, dtype=kind, device=x.device)
    power = torch.arange(0, width, 2, dtype=kind, device=x.device) / width
    angle = position.unsqueeze(1) * base**-power
    waves = torch.stack((angle.sin(), angle.cos()), -1 if interleaved else 1)
    return x + waves.flatten(1)[:, :width].to(x.dtype)


def rotated(
    x: Tensor,
    base: float = 10000.0,
    interleaved: bool = False,
    dims: int | None = None,
    start: float = 0.0,
    step: float = 1.0,
) -> Tensor:
    """Turns pairs of features by their position (Su et al., 2021).

    Pairs are neighbours if `interleaved`, else half of the first `dims` features apart.
    """
    time, width = x.shape[-2], dims or x.shape[-1]
    kind = torch.promote_types(x.dtype, torch.float32)
    position = start + step * torch.arange(time, dtype=kind, device=x.device)
    power = torch.arange(0, width, 2, dtype=kind, device=x.device) / width
    angle = position.unsqueeze(1) * base**-power
    sin, cos = angle.sin().to(x.dtype), angle.cos().to(x.dtype)
    axis = -1 if interleaved else -2
    pairs = (width // 2, 2) if interleaved else (2, width // 2)
    a, b = x[..., :width].reshape(*x.shape[:-1], *pairs).unbind(axis)
    turned = torch.stack((a * cos - b * sin, a * sin + b * cos), axis)
    return torch.cat((turned.flatten(-2), x[..., width:]), -1)
