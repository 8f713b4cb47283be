"""What mel bands of sound are, and what is made of them."""

from __future__ import annotations

import numpy as np

from specgraph.ops.mel import Banded, LogMel, LogMelSpectrogram, MelFilterbank, Mfcc
from specgraph.reference.audio import spectrum
from specgraph.reference.base import Array, Evaluation, reference


@reference(MelFilterbank)
def mel_filterbank(op: MelFilterbank, at: Evaluation) -> Array:
    """The triangles' sums."""
    x = at.inputs.first
    return np.asarray(x @ triangles(op, op.transformed(at.types.first), x))


@reference(LogMelSpectrogram)
def log_mel_spectrogram(op: LogMelSpectrogram, at: Evaluation) -> Array:
    """The levels."""
    return levels(op, bands(op, at.inputs.first))


@reference(Mfcc)
def mfcc(op: Mfcc, at: Evaluation) -> Array:
    """The levels along the rows of an orthonormal matrix."""
    x, n = levels(op, bands(op, at.inputs.first)), op.num_mels
    k, band = np.arange(op.num_coefficients), np.arange(n)[:, None]
    cosines = np.cos(np.pi * k * (2 * band + 1) / (2 * n))
    scale = np.where(k == 0, np.sqrt(1 / n), np.sqrt(2 / n))
    return np.asarray(x @ (cosines * scale).astype(x.real.dtype))


def mels(op: Banded, hz: Array) -> Array:
    """Frequencies on the mel scale."""
    if op.mel_scale == "htk":
        return np.asarray(2595 * np.log10(1 + hz / 700))
    above = 15 + 27 * np.log(np.maximum(hz, 1000) / 1000) / np.log(6.4)
    return np.where(hz < 1000, 3 * hz / 200, above)


def frequencies(op: Banded, mel: Array) -> Array:
    """Points of the mel scale in Hz."""
    if op.mel_scale == "htk":
        return np.asarray(700 * (10 ** (mel / 2595) - 1))
    return np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))


def triangles(op: Banded, fft_length: int, like: Array) -> Array:
    """By how much each bin counts in each band, [bins, num_mels]."""
    first, last = mels(op, np.array([op.min_freq, op.highest]))
    edges = frequencies(op, np.linspace(first, last, op.num_mels + 2))
    low, peak, high = edges[:-2], edges[1:-1], edges[2:]
    hz = op.sampling_rate / fft_length * np.arange(fft_length // 2 + 1)[:, None]
    weights = np.minimum((hz - low) / (peak - low), (high - hz) / (high - peak))
    weights = np.maximum(weights, 0)
    if op.norm == "slaney":
        weights = weights * 2 / (high - low)
    return np.asarray(weights, like.real.dtype)


def bands(op: LogMel, x: Array) -> Array:
    """The mel bands of a sound, [B, frames, num_mels]."""
    weights = triangles(op, op.transformed, x)
    return np.asarray(spectrum(op, x, op.power) @ weights)


def levels(op: LogMel, x: Array) -> Array:
    """The logarithms of bands, by real part none below an example's floor."""
    found = np.log10(np.where(x.real > op.amin, x, op.amin))
    if op.top_db is not None:
        floor = peaks(found) - op.top_db / op.tenfold
        found = np.where(found.real > floor.real, found, floor)
    scale = {"decibel": op.tenfold, "natural": np.log(10), "log10": 1}[op.log]
    return np.asarray(found * scale).astype(x.dtype)


def peaks(x: Array) -> Array:
    """The greatest by real part of each example, [B, 1, 1]."""
    every = x.reshape(len(x), -1)
    at = every.real.argmax(axis=1)[:, None]
    return np.take_along_axis(every, at, axis=1)[:, :, None]
