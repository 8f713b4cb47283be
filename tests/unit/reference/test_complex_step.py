"""References take a complex step: f(x + ih v).imag / h is the derivative along v."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from specgraph.ops.base import Bound, Op, Sample
from specgraph.reference import Array, evaluate
from tests.unit.reference.drawn import Drawn, draw, every_sample, sample_name

COMPLEX_STEP = 1e-30
REAL_STEP = 1e-6
TOLERANCE = 1e-6
HELD = {"spectral_norm": {"vector_u", "vector_v"}}
"""Weights that an op's derivative takes for constants, by its definition."""


def _outputs(
    drawn: Drawn, directions: list[Array], step: complex, training: bool
) -> dict[str, Array]:
    """Outputs and updates with every real input and weight moved along its own."""
    along = iter(directions)

    def moved(value: Array) -> Array:
        if value.dtype != np.float64:
            return value
        return np.asarray(value + step * next(along))

    inputs: Bound[Array] = drawn.inputs.map(moved)
    params = {name: moved(value) for name, value in drawn.params.items()}
    at = drawn.at(inputs, params, training)
    return evaluate(drawn.op, at) | at.updates


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
@pytest.mark.parametrize(("cls", "sample"), every_sample(), ids=sample_name)
def test_imaginary_part_is_the_derivative(
    cls: type[Op], sample: Sample, training: bool
) -> None:
    drawn = draw(cls, sample)
    random = np.random.default_rng(11)
    values = [*drawn.inputs, *drawn.params.values()]
    directions = [
        random.normal(size=value.shape) for value in values if value.dtype == np.float64
    ]
    names = [*(None for _ in drawn.inputs), *drawn.params]
    held = HELD.get(cls.label, set())
    floats = [n for n, v in zip(names, values, strict=True) if v.dtype == np.float64]
    for name, direction in zip(floats, directions, strict=True):
        if name in held:
            direction[...] = 0.0
    plain = _outputs(drawn, directions, 0, training)
    stepped = _outputs(drawn, directions, 1j * COMPLEX_STEP, training)
    if held and training:  # they change first, and stay as they are then
        changed = {name: plain[name] for name in held}
        drawn = replace(drawn, params={**drawn.params, **changed})
    moving = training and not held
    above = _outputs(drawn, directions, REAL_STEP, moving)
    below = _outputs(drawn, directions, -REAL_STEP, moving)
    for name, value in plain.items():
        assert np.allclose(stepped[name].real, value, rtol=1e-12, atol=1e-12)
        if value.dtype != np.float64 or name in held:
            continue
        derivative = stepped[name].imag / COMPLEX_STEP
        differences = (above[name] - below[name]) / (2 * REAL_STEP)
        scale = max(1.0, float(np.abs(differences).max()))
        assert np.abs(derivative - differences).max() <= TOLERANCE * scale
