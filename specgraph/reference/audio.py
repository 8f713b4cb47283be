"""What the spectra of sound are."""

from __future__ import annotations

import numpy as np

from specgraph.ops.audio import Framed, Stft
from specgraph.reference.base import Array, Evaluation, reference

COSINES = {
    "hann": (0.5, 0.5, 0.0),
    "hamming": (0.54, 0.46, 0.0),
    "blackman": (0.42, 0.5, 0.08),
    "rectangular": (1.0, 0.0, 0.0),
}
"""Windows as a - b cos(t) + c cos(2 t)."""


@reference(Stft)
def stft(op: Stft, at: Evaluation) -> Array:
    """Both parts, or a power of the magnitude."""
    if op.power is not None:
        return spectrum(op, at.inputs.first, op.power)
    return np.stack(transform(op, at.inputs.first), axis=-1)


def transform(op: Framed, x: Array) -> tuple[Array, Array]:
    """Real and imaginary parts [B, frames, bins] of the frames' Fourier transforms."""
    n, before = op.transformed, (op.transformed - op.frame_length) // 2
    if op.center:
        x = np.pad(x, [(0, 0), (n // 2, n // 2)], mode=op.pad_mode)
    a, b, c = COSINES[op.window]
    turn = 2 * np.pi / (op.frame_length - (not op.periodic))
    t = turn * np.arange(op.frame_length)
    window = np.zeros(n, x.real.dtype)
    window[before : before + op.frame_length] = a - b * np.cos(t) + c * np.cos(2 * t)
    starts = np.arange(0, x.shape[1] - n + 1, op.step)
    frames = x[:, starts[:, None] + np.arange(n)] * window
    angle = 2 * np.pi / n * (np.outer(np.arange(n), np.arange(op.bins)) % n)
    cosines, sines = (wave(angle).astype(x.real.dtype) for wave in (np.cos, np.sin))
    return frames @ cosines, -(frames @ sines)


def spectrum(op: Framed, x: Array, power: int) -> Array:
    """A power of the magnitudes [B, frames, bins]."""
    real, imaginary = transform(op, x)
    squares = real**2 + imaginary**2
    return np.asarray(np.sqrt(squares) if power == 1 else squares)
