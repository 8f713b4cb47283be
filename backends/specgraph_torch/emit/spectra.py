"""Spectra of sound that torch has no functions for."""

import math

import torch
from torch import Tensor


def mel_filters(
    bands: int,
    fft_length: int,
    sampling_rate: float,
    low: float,
    high: float,
    htk: bool = False,
    norm: bool = True,
) -> Tensor:
    """By how much each bin of an FFT counts in each mel band, as in librosa; float64.

    Slaney's mels are straight up to 1 kHz and logarithmic above, HTK's logarithmic.
    """
    ends = torch.tensor([low, high], dtype=torch.float64)
    above = 15 + (ends / 1000).clamp(min=1).log() * 27 / math.log(6.4)
    mel = torch.where(ends < 1000, ends * 3 / 200, above)
    if htk:
        mel = (1 + ends / 700).log()
    points = mel[0] + (mel[1] - mel[0]) / (bands + 1) * torch.arange(bands + 2).double()
    above = 1000 * ((points - 15) * math.log(6.4) / 27).exp()
    edges = torch.where(points < 15, points * 200 / 3, above)
    if htk:
        edges = 700 * (points.exp() - 1)
    width = edges.diff()
    hz = torch.arange(fft_length // 2 + 1).double() * sampling_rate / fft_length
    away = hz.unsqueeze(1) - edges
    filters = torch.minimum(away[:, :-2] / width[:-1], -away[:, 2:] / width[1:])
    filters = filters.clamp(min=0)
    return filters * 2 / (edges[2:] - edges[:-2]) if norm else filters


def cosines(bands: int, count: int) -> Tensor:
    """The first columns of the orthonormal cosine transform (DCT-II), in float64."""
    band, wave = torch.arange(bands).double(), torch.arange(count).double()
    scale = ((2 - (wave == 0).double()) / bands).sqrt()
    return scale * (math.pi / bands * (band.unsqueeze(1) + 0.5) * wave).cos()
