"""Padding that Keras has no layer for."""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("specgraph")
class EdgePadding(layers.Layer):
    """Padding with copies: of the border cell (replicate) or of the other end (circular).

    `padding` says how many cells come before and after each spatial axis.
    """

    def __init__(self, padding: Any, mode: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding, self.mode = padding, mode

    def call(self, inputs: Any) -> Any:
        for axis, (before, after) in enumerate(self.padding, start=1):
            length = ops.shape(inputs)[axis]
            place = ops.arange(-before, length + after)
            if self.mode == "circular":
                place = place % length
            else:
                place = ops.minimum(ops.maximum(place, 0), length - 1)
            inputs = ops.take(inputs, place, axis=axis)
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = {"padding": self.padding, "mode": self.mode}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable("specgraph")
class SamePadding(layers.Layer):
    """The cells that `same` adds for windows of a reach and stride, whatever the size.

    A number is what they hold; `reflect`, `replicate` and `circular` copy.
    """

    def __init__(self, reach: Any, strides: Any, fill: Any = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.reach, self.strides, self.fill = reach, strides, fill

    def call(self, inputs: Any) -> Any:
        for axis, reach in enumerate(self.reach, start=1):
            length, stride = ops.shape(inputs)[axis], self.strides[axis - 1]
            whole = (length - 1) // stride * stride + reach
            place = ops.arange(whole) - ops.maximum(whole - length, 0) // 2
            inside = ops.logical_and(place >= 0, place < length)
            if self.fill == "circular":
                place = place % length
            if self.fill == "reflect":
                place = ops.abs(place)
                place = ops.minimum(place, 2 * (length - 1) - place)
            place = ops.minimum(ops.maximum(place, 0), length - 1)
            inputs = ops.take(inputs, place, axis=axis)
            if not isinstance(self.fill, str):
                shape = (-1, *(1,) * (len(inputs.shape) - axis - 1))
                inputs = ops.where(ops.reshape(inside, shape), inputs, self.fill)
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = {"reach": self.reach, "strides": self.strides, "fill": self.fill}
        return {**super().get_config(), **config}
