"""Elementary functions that keep a small imaginary part: the complex step needs it."""

from __future__ import annotations

import math

import numpy as np

from specgraph.reference.base import Array

_erfc = np.frompyfunc(math.erfc, 1, 1)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    positive = x.real >= 0
    small = np.exp(np.where(positive, -x, x))
    return np.asarray(np.where(positive, 1, small) / (1 + small))


def softplus(x: Array) -> Array:
    """log(1 + exp(x)), without overflow."""
    positive = x.real >= 0
    small = np.exp(np.where(positive, -x, x))
    return np.where(positive, x, 0) + log1p(small)


def log1p(x: Array) -> Array:
    """log(1 + x) for a real part above -1, accurate where x is small."""
    if not np.iscomplexobj(x):
        return np.asarray(np.log1p(x))
    return np.asarray(np.log1p(x.real) + 1j * np.arctan2(x.imag, 1 + x.real))


def erfc(x: Array) -> Array:
    """The complementary error function; to first order in the imaginary part."""
    real = _erfc(x.real).astype(x.real.dtype)
    if not np.iscomplexobj(x):
        return np.asarray(real)
    slope = -2 / math.sqrt(math.pi) * np.exp(-(x.real**2))
    return np.asarray(real + 1j * x.imag * slope)


def clip(x: Array, least: float, greatest: float) -> Array:
    """x between two bounds, by its real part."""
    return np.where(x.real < least, least, np.where(x.real > greatest, greatest, x))


def maximum(a: Array, b: Array) -> Array:
    """The one with the greater real part; of equals, the first."""
    return np.where(a.real >= b.real, a, b)


def minimum(a: Array, b: Array) -> Array:
    """The one with the lesser real part; of equals, the first."""
    return np.where(a.real <= b.real, a, b)
