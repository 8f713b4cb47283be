"""Initializers that Keras has no name for."""

from typing import Any

import keras
import numpy as np
from keras import initializers, ops


def fan_in_uniform(fan: int | None = None) -> initializers.Initializer:
    """PyTorch's default: uniform within 1 / sqrt(fan_in), a bias's as its kernel's."""
    if fan is None:
        return initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
    bound = fan**-0.5
    return initializers.RandomUniform(-bound, bound)


@keras.utils.register_keras_serializable("specgraph")
class Sinusoidal(initializers.Initializer):
    """Sines and cosines of the position that each row is (Vaswani et al., 2017)."""

    def __init__(
        self,
        base: float = 10000.0,
        interleaved: bool = True,
        start: float = 0.0,
        step: float = 1.0,
    ):
        self.base, self.interleaved, self.start, self.step = (
            base,
            interleaved,
            start,
            step,
        )

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        rows, width = shape
        position = self.start + self.step * np.arange(rows)
        angle = position[:, None] * self.base ** -(np.arange(0, width, 2) / width)
        axis = -1 if self.interleaved else 1
        waves = np.stack([np.sin(angle), np.cos(angle)], axis).reshape(rows, -1)
        return ops.convert_to_tensor(waves[:, :width], dtype)

    def get_config(self) -> dict[str, Any]:
        names = ("base", "interleaved", "start", "step")
        return {name: getattr(self, name) for name in names}
