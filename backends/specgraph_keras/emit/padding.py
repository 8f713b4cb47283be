"""Padding that Keras has no layer for."""

from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class CopyPadding(layers.Layer):
    """Padding of spatial axes with copies of their cells; Keras has zeros alone."""

    def __init__(self, padding: Any, mode: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding, self.mode = padding, mode

    def call(self, inputs: Any) -> Any:
        for axis, (before, after) in enumerate(self.padding, start=1):
            length = ops.shape(inputs)[axis]
            place = ops.arange(-before, length + after)
            if self.mode == "circular":
                place = place % length
            elif self.mode == "reflect":
                place = ops.abs(place)
                place = ops.minimum(place, 2 * length - 2 - place)
            place = ops.maximum(ops.minimum(place, length - 1), 0)
            inputs = ops.take(inputs, place, axis=axis)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding, "mode": self.mode}


@keras.utils.register_keras_serializable("specgraph")
class CropToSame(layers.Layer):
    """What `same` adds before windows of a reach and stride, whatever the size is.

    The input has `reach - 1` cells more on either side: enough for every size.
    """

    def __init__(self, windows: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.windows = windows

    def call(self, inputs: Any) -> Any:
        for axis, (reach, stride) in enumerate(self.windows, start=1):
            length = ops.shape(inputs)[axis] - 2 * (reach - 1)
            whole = (length - 1) // stride * stride + reach
            before = ops.maximum(whole - length, 0) // 2
            place = ops.arange(whole) + reach - 1 - before
            inputs = ops.take(inputs, place, axis=axis)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "windows": self.windows}
