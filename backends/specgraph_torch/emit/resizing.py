"""Resizing that `F.interpolate` does not do."""

import torch
from torch import Tensor


def resize_weights(
    length: int,
    size: int,
    cubic: float | None,
    antialias: bool,
    replicate: bool,
    align_corners: bool,
) -> Tensor:
    """By how much each of `length` cells counts in each of `size`, in float64."""
    cell, place = torch.arange(size).double(), torch.arange(length)
    centre = (cell + 0.5) * length / size - 0.5
    if align_corners:
        centre = cell * (length - 1) / max(size - 1, 1)
    width = max(length / size, 1.0) if antialias else 1.0
    taps = torch.arange(-2, length + 2)
    d = (taps - centre[:, None]).abs() / width
    weights = (1 - d).clamp(min=0)
    if cubic is not None:
        near = (cubic + 2) * d**3 - (cubic + 3) * d**2 + 1
        far = cubic * (d**3 - 5 * d**2 + 8 * d - 4)
        weights = torch.where(d < 1, near, far) * (d < 2)
    taps = taps.clamp(0, length - 1) if replicate else taps
    weights = weights @ (taps[:, None] == place).double()
    return weights / weights.sum(1, keepdim=True)


def resize(
    x: Tensor,
    size: tuple[int, int],
    cubic: float | None = None,
    antialias: bool = False,
    replicate: bool = False,
    align_corners: bool = False,
) -> Tensor:
    """Bilinear resizing, or bicubic with a coefficient, by the weights of cells.

    `F.interpolate` has one cubic coefficient and one border, with `antialias` others.
    """
    options = (cubic, antialias, replicate, align_corners)
    height = resize_weights(x.shape[2], size[0], *options).to(x)
    width = resize_weights(x.shape[3], size[1], *options).to(x)
    return height @ x @ width.T
