"""Pooling that Keras has no layer for."""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("specgraph")
class DilatedPooling(layers.Layer):
    """The greatest, or the mean, of windows with gaps in them, which Keras has not.

    The last axis goes first, so that the first of equals takes the gradient.
    """

    def __init__(
        self,
        size: tuple[int, ...],
        strides: tuple[int, ...],
        gaps: tuple[int, ...],
        mean: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.size, self.strides, self.gaps, self.mean = size, strides, gaps, mean

    def call(self, inputs: Any) -> Any:
        windows = list(zip(self.size, self.strides, self.gaps, strict=True))
        for axis, (size, stride, gap) in reversed(list(enumerate(windows, start=1))):
            room = ops.shape(inputs)[axis] - (size - 1) * gap
            places = [slice(c * gap, c * gap + room, stride) for c in range(size)]
            first, *others = [inputs[(slice(None),) * axis + (p,)] for p in places]
            for cell in others:
                first = first + cell if self.mean else ops.maximum(first, cell)
            inputs = first / size if self.mean else first
        return inputs

    def get_config(self) -> dict[str, Any]:
        names = ("size", "strides", "gaps", "mean")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable("specgraph")
class MeanInside(layers.Wrapper):
    """Average pooling that leaves cells padded before it out of each mean.

    Keras's own does so for `same` alone.  The layer inside pads with zeros and pools.
    """

    def call(self, inputs: Any) -> Any:
        return self.layer(inputs) / self.layer(ops.ones_like(inputs[:1]))
