"""Pooling that Keras has no layer for."""

from functools import reduce
from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class DilatedPooling(layers.Layer):
    """The greatest of each window with gaps in it, or its mean; Keras has neither.

    The last axis goes first, so that the first of equals takes the gradient.
    """

    def __init__(self, windows: Any, mean: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.windows, self.mean = windows, mean

    def call(self, inputs: Any) -> Any:
        for axis in range(len(self.windows), 0, -1):
            size, stride, gap = self.windows[axis - 1]
            room = ops.shape(inputs)[axis] - (size - 1) * gap
            places = [slice(c, c + room, stride) for c in range(0, size * gap, gap)]
            cells = [inputs[(*[slice(None)] * axis, place)] for place in places]
            if self.mean:
                inputs = sum(cells[1:], cells[0]) / size
            else:
                inputs = reduce(ops.maximum, cells)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "windows": self.windows, "mean": self.mean}


@keras.utils.register_keras_serializable("specgraph")
class MeanInside(layers.Wrapper):
    """Average pooling that leaves cells padded before it out of each mean.

    Keras's own does so for `same` alone.  The layer inside pads with zeros and pools.
    """

    def call(self, inputs: Any) -> Any:
        return self.layer(inputs) / self.layer(ops.ones_like(inputs[:1]))


def by_axes(layer: Any, inputs: Any, pool: Any) -> Any:
    """Pooling of volumes: over height and width, and what that gives over depth."""
    (size, *window), (stride, *steps) = layer.pool_size, layer.strides
    _, depth, *plane = ops.shape(inputs)
    x = ops.reshape(inputs, (-1, *plane))
    x = pool(x, tuple(window), tuple(steps), layer.padding)
    _, height, width, channels = ops.shape(x)
    x = ops.reshape(x, (-1, depth, height * width * channels))
    x = pool(x, size, stride, layer.padding)
    return ops.reshape(x, (-1, ops.shape(x)[1], height, width, channels))


@keras.utils.register_keras_serializable("specgraph")
class MaxPooling3D(layers.MaxPooling3D):
    """Max pooling whose gradient goes to the first of equals.

    TensorFlow's own gives it to all of them, and takes no float64 on a CPU.
    """

    def call(self, inputs: Any) -> Any:
        return by_axes(self, inputs, ops.max_pool)


@keras.utils.register_keras_serializable("specgraph")
class AveragePooling3D(layers.AveragePooling3D):
    """Average pooling of float64 too, for which TensorFlow has no kernel on a CPU."""

    def call(self, inputs: Any) -> Any:
        if keras.backend.standardize_dtype(inputs.dtype) != "float64":
            return super().call(inputs)
        return by_axes(self, inputs, ops.average_pool)


def adaptive_windows(length: Any, size: int) -> Any:
    """Which of `length` cells each of `size` windows sees."""
    length, cell = ops.cast(length, "int32"), ops.arange(size, dtype="int32")[:, None]
    place = ops.arange(length, dtype="int32")
    first, end = cell * length // size, -(-(cell + 1) * length // size)
    return ops.logical_and(place >= first, place < end)


@keras.utils.register_keras_serializable("specgraph")
class AdaptiveMean(layers.Layer):
    """Adaptive average pooling of any size; Keras's own must know it beforehand."""

    def __init__(self, output_size: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.output_size = output_size

    def call(self, inputs: Any) -> Any:
        for axis, size in enumerate(self.output_size, start=1):
            inside = adaptive_windows(ops.shape(inputs)[axis], size)
            weights = ops.cast(inside, inputs.dtype)
            weights = weights / ops.sum(weights, axis=1, keepdims=True)
            inputs = ops.moveaxis(ops.tensordot(inputs, weights, (axis, 1)), -1, axis)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_size": self.output_size}


@keras.utils.register_keras_serializable("specgraph")
class AdaptiveMax(layers.Layer):
    """Adaptive max pooling of any size; Keras's own must know it beforehand.

    The last axis goes first, so that the first of equals takes the gradient.
    """

    def __init__(self, output_size: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.output_size = output_size

    def call(self, inputs: Any) -> Any:
        for axis in range(len(self.output_size), 0, -1):
            x = ops.moveaxis(inputs, axis, -1)[..., None, :]
            inside = adaptive_windows(ops.shape(x)[-1], self.output_size[axis - 1])
            cells = ops.where(inside, x, ops.cast(float("-inf"), x.dtype))
            best = ops.argmax(cells, axis=-1, keepdims=True)
            found = ops.take_along_axis(cells, best, axis=-1)
            inputs = ops.moveaxis(found[..., 0], -1, axis)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_size": self.output_size}
