"""Every known way to differ is recognised, and nothing is read into noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from specgraph.parity.signatures import cause
from specgraph.reference.base import Array

RNG = np.random.default_rng(0)
SAMPLE = RNG.normal(size=(3, 5, 4))
SQUARE = RNG.normal(size=(2, 6, 6, 3))


def changed(place: Any, array: Array = SAMPLE) -> Array:
    """The sample with something else at a place."""
    found = array.copy()
    found[place] += 1.0 + RNG.random(found[place].shape)
    return found


def moved() -> Array:
    return np.concatenate([SAMPLE[:, 1:], RNG.normal(size=(3, 1, 4))], 1)


def missing(name: str) -> Array:
    gap = SAMPLE.copy()
    gap[0, 0] = np.nan if name == "nan" else np.inf
    return gap


CASES = {
    "nan": (missing("nan"), SAMPLE, "4 of 60 numbers are not finite"),
    "all nan": (np.full_like(SAMPLE, np.nan), SAMPLE, "no number is finite"),
    "zeros": (np.zeros_like(SAMPLE), SAMPLE, "every number is 0"),
    "float32": (SAMPLE.astype("float32").astype("float64"), SAMPLE, "float32 rounds"),
    "transpose": (SQUARE.transpose(0, 2, 1, 3), SQUARE, "a transpose or a layout"),
    "flatten": (
        SAMPLE.transpose(0, 2, 1).reshape(3, 20),
        SAMPLE.reshape(3, 20),
        "the same slices of axis 1 in the order [0, 4, 8,",
    ),
    "layout": (
        SAMPLE.transpose(0, 2, 1).reshape(3, 5, 4),
        SAMPLE,
        "a flatten or reshape, or a layout",
    ),
    "reverse": (SAMPLE[:, ::-1], SAMPLE, "reversed along axis 1: a direction"),
    "gates": (SAMPLE[..., [1, 0, 3, 2]], SAMPLE, "axis 2 in the order [1, 0, 3, 2]"),
    "scrambled": (
        RNG.permutation(SAMPLE.ravel()).reshape(SAMPLE.shape),
        SAMPLE,
        "the same numbers in another order",
    ),
    "shift": (moved(), SAMPLE, "shifted by one place later along axis 1"),
    "sign": (-SAMPLE, SAMPLE, "a constant factor of -1: a sign"),
    "variance": (SAMPLE * 5 / 4, SAMPLE, "1.25, 5 and 4: a variance"),
    "deviation": (SAMPLE * (2 / 3) ** 0.5, SAMPLE, "3 and 2: a standard deviation"),
    "mean": (SAMPLE / 20, SAMPLE, "a size of the array: a sum where a mean is meant"),
    "scale": (SAMPLE * 0.5, SAMPLE, "the root of 4: the scale of attention"),
    "factor": (SAMPLE * 1.1, SAMPLE, "a constant factor of 1.1: a reduction, a rate"),
    "constant": (SAMPLE + 0.25, SAMPLE, "+0.25 everywhere"),
    "no activation": (SAMPLE, np.tanh(SAMPLE), "the activation is missing"),
    "two activations": (
        np.maximum(np.tanh(SAMPLE) + 0.1, 0.0),
        np.tanh(SAMPLE) + 0.1,
        "an activation too many",
    ),
    "complement": (1 - SAMPLE, SAMPLE, "a gate or a probability the other way round"),
    "slope": (
        np.where(SAMPLE < 0, SAMPLE * 0.1, SAMPLE),
        np.where(SAMPLE < 0, SAMPLE * 0.3, SAMPLE),
        "only negative numbers differ",
    ),
    "examples": (changed(1), SAMPLE, "only some examples of the batch differ (1)"),
    "begin": (changed(np.s_[:, 0]), SAMPLE, "only the begin of axis 1 differs"),
    "both ends": (
        changed(np.s_[:, [0, -1]]),
        SAMPLE,
        "only both ends of axis 1 differs: padding",
    ),
    "border": (
        changed(np.s_[:, [0, -1, 2], [2, 3, 0]], SQUARE),
        SQUARE,
        "only the border differs",
    ),
    "clip": (np.minimum(SAMPLE, 1.0), SAMPLE, "is held at 1: a bound of a clip"),
    "bias": (SAMPLE + RNG.normal(size=4), SAMPLE, "along axis 2: a bias or a mean"),
    "gain": (SAMPLE * RNG.normal(size=4), SAMPLE, "along axis 2: a gain"),
    "norm": (
        SAMPLE * [1.1, 0.9, 0.8, 2.0] + [0.1, 0.4, -0.3, 0.2],
        SAMPLE,
        "the statistics or the epsilon of a normalisation",
    ),
    "near": (
        SAMPLE + 1e-4 * RNG.normal(size=SAMPLE.shape),
        SAMPLE,
        "an epsilon, a default, or another form",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_difference_looks_like_is_said(name: str) -> None:
    found, wanted, words = CASES[name]
    assert words in cause(found, wanted)


@pytest.mark.parametrize(
    "found",
    [
        RNG.normal(size=SAMPLE.shape),
        SAMPLE + 1e-13,
        SAMPLE[:2],
        SAMPLE.astype("int64"),
        SAMPLE[:0],
    ],
    ids=["unlike", "noise", "another shape", "integers", "nothing"],
)
def test_a_difference_like_nothing_known_is_not_explained(found: Array) -> None:
    assert cause(found, SAMPLE[: len(found)] if not len(found) else SAMPLE) == ""
