"""What is known of numbers that an initializer draws, and when it did not draw them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from specgraph.reference.base import Array
from specgraph.training.initializers import (
    TRUNCATED_STDDEV,
    FanInUniform,
    FanScaled,
    Initializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
)

SURPRISE = math.log(1e9)
"""What can be is taken for wrong where it comes one time in a billion."""
ROUNDING = 1e-6
"""How far beyond a bound float32 may round, by the greatest value there can be."""
NORMAL = NormalDist()
CUT = 2.0
"""Where the truncated normal ends, in standard deviations of the normal before."""

Kind = Literal["uniform", "normal", "truncated"]
KURTOSIS: dict[Kind, float] = {
    "uniform": 1.8,
    "normal": 3.0,
    "truncated": (3.0 - (CUT**3 + 3 * CUT) * NORMAL.pdf(CUT) / (NORMAL.cdf(CUT) - 0.5))
    / TRUNCATED_STDDEV**4,
}


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution, symmetric around its mean, that numbers are drawn from singly."""

    kind: Kind
    mean: float
    spread: float
    """Half the width of the uniform, or the standard deviation of the normal uncut."""

    def __str__(self) -> str:
        if self.kind == "uniform":
            return interval(self.mean - self.spread, self.mean + self.spread)
        cut = ", cut at two of them" if self.kind == "truncated" else ""
        around = f" around {self.mean:.3g}" if self.mean else ""
        return f"normal{around} with a standard deviation of {self.spread:.3g}{cut}"

    @property
    def variance(self) -> float:
        """The variance."""
        if self.kind == "uniform":
            return self.spread**2 / 3
        scale = TRUNCATED_STDDEV if self.kind == "truncated" else 1.0
        return (scale * self.spread) ** 2

    @property
    def limit(self) -> float:
        """How far from the mean a number can be."""
        ends = {"uniform": 1.0, "truncated": CUT, "normal": math.inf}
        return ends[self.kind] * self.spread

    def reach(self, share: float) -> float:
        """How far from the mean this share of the numbers is at most."""
        if self.kind == "uniform":
            return self.spread * share
        half = NORMAL.cdf(CUT) - 0.5 if self.kind == "truncated" else 0.5
        return self.spread * NORMAL.inv_cdf(0.5 + share * half)

    def explains(self, array: Array) -> bool:
        """Whether numbers may be drawn by this law; False where that hardly ever is."""
        count, variance = array.size, self.variance
        slack = ROUNDING * (abs(self.mean) + self.spread)
        if not self._fits_ends(array, slack):
            return False
        bounded = self.kind != "normal"
        centre = abs(float(array.mean(dtype=np.float64)) - self.mean)
        heavy = self.limit / 3 if bounded else 0.0
        if centre > _allowed(count, variance, heavy) + slack:
            return False
        apart = array.astype(np.float64) - self.mean
        squares = (KURTOSIS[self.kind] - 1) * variance**2
        heavy = (self.limit**2 - variance) / 3 if bounded else 2 * variance
        allowed = _allowed(count, squares, heavy) + slack * (slack + self.spread)
        return abs(float((apart * apart).mean()) - variance) <= allowed

    def _fits_ends(self, array: Array, slack: float) -> bool:
        """Whether the farthest numbers lie as far out as that many should, on both sides."""
        count = array.size
        low, high = self.mean - float(array.min()), float(array.max()) - self.mean
        inside = math.exp(-SURPRISE / count)
        least, most = self.reach(inside), self._most(count)
        if not least - slack <= max(low, high) <= most + slack:
            return False
        inside_aside = 2 * inside - 1
        return inside_aside <= 0 or min(low, high) >= self.reach(inside_aside) - slack

    def _most(self, count: int) -> float:
        """How far from the mean the farthest of some numbers hardly ever is."""
        if self.kind != "normal":
            return self.limit
        return -self.spread * NORMAL.inv_cdf(math.exp(-SURPRISE) / count / 2)


def _allowed(count: int, variance: float, heavy: float) -> float:
    """How far a mean hardly ever is off: Bernstein's inequality, true of few numbers too.

    `heavy` is how heavy the tail is: a third of the bound, where there is one.
    """
    return math.sqrt(2 * variance * SURPRISE / count) + heavy * SURPRISE / count


def law_of(initializer: Initializer, shape: tuple[int, ...]) -> Law | None:
    """What an initializer draws each number of a canonical shape from, if it does."""
    match initializer:
        case RandomNormal(mean=mean, stddev=stddev):
            return Law("normal", mean, stddev)
        case TruncatedNormal(mean=mean, stddev=stddev):
            return Law("truncated", mean, stddev)
        case RandomUniform(minval=low, maxval=high):
            return Law("uniform", (low + high) / 2, (high - low) / 2)
        case FanInUniform():
            return Law("uniform", 0.0, initializer.bound(shape))
        case FanScaled():
            scaling = initializer.scaling()
            kinds: dict[str, Kind] = {
                "uniform": "uniform",
                "truncated_normal": "truncated",
                "untruncated_normal": "normal",
            }
            return Law(kinds[scaling.distribution], 0.0, scaling.spread(shape))
    return None


def interval(low: float, high: float) -> str:
    """The uniform distribution between two numbers, in words."""
    if abs(low + high) < 0.05 * (high - low):
        return f"uniform in ±{(high - low) / 2:.3g}"
    return f"uniform from {low:.3g} to {high:.3g}"


def seen(array: Array) -> str:
    """What numbers look like, in words."""
    if not np.isfinite(array).all():
        return "with values that are no numbers"
    low, high = float(array.min()), float(array.max())
    if low == high:
        return f"at {low:.3g}"
    mean, stddev = float(array.mean()), float(array.std())
    even = (high - low) / math.sqrt(12)
    if array.size > 30 and abs(stddev - even) < 0.1 * even:
        return interval(low, high)
    return (
        f"between {low:.3g} and {high:.3g} with a mean of {mean:.3g} "
        f"and a standard deviation of {stddev:.3g}"
    )
