# decoder.yaml · sha256 a4f38f89e947 · specgraph 0.1.0 · body 66be7ecf8de0
"""Separable convolutions down to a fixed size, and three ways up again.

Input   image: float32 [B, 12, 16, 3] (channels last)
Output  resize: float32 [B, 12, 16, 3] (channels last)
Parameters: 2,239
"""

from typing import Any

from tensorflow import keras
from tensorflow.keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class PixelShuffle(layers.Layer):
    """Blocks of space from the channels, in PyTorch's order; Keras has no layer."""

    def __init__(self, factor: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        _, height, width, channels = ops.shape(inputs)
        r, channels = self.factor, channels // self.factor**2
        x = ops.reshape(inputs, (-1, height, width, channels, r, r))
        x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
        return ops.reshape(x, (-1, height * r, width * r, channels))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


def resize_weights(
    length: Any,
    size: Any,
    dtype: Any,
    cubic: float | None = None,
    antialias: bool = False,
    replicate: bool = False,
    align_corners: bool = False,
) -> Any:
    """By how much each of `length` cells counts in each of `size`."""
    cell, taps = ops.arange(size, dtype=dtype), ops.arange(-2, length + 2)
    n, m = ops.cast(length, dtype), ops.cast(size, dtype)
    centre = (cell + 0.5) * n / m - 0.5
    if align_corners:
        centre = cell * (n - 1) / ops.maximum(m - 1, 1)
    width = ops.maximum(n / m, 1) if antialias else 1
    d = ops.abs(ops.cast(taps, dtype) - centre[:, None]) / width
    weights = ops.maximum(1 - d, 0)
    if cubic is not None:
        near = (cubic + 2) * d**3 - (cubic + 3) * d**2 + 1
        far = cubic * (d**3 - 5 * d**2 + 8 * d - 4)
        weights = ops.where(d < 1, near, ops.where(d < 2, far, 0))
    taps = ops.clip(taps, 0, length - 1) if replicate else taps
    rows = ops.cast(taps[:, None] == ops.arange(length), dtype)
    weights = ops.matmul(weights, rows)
    return weights / ops.sum(weights, axis=1, keepdims=True)


@keras.utils.register_keras_serializable("specgraph")
class Resize(layers.Layer):
    """Bilinear resizing, or bicubic with a coefficient, by the weights of cells.

    TensorFlow's own computes in float32, knows one coefficient, and rounds its weights.
    """

    def __init__(self, size: Any = None, factors: Any = None, **kwargs: Any):
        names = ("cubic", "antialias", "replicate", "align_corners")
        self.options = {n: kwargs.pop(n) for n in names if n in kwargs}
        super().__init__(**kwargs)
        self.size, self.factors = size, factors

    def call(self, inputs: Any) -> Any:
        for axis in (1, 2):
            length = ops.shape(inputs)[axis]
            size = self.size[axis - 1] if self.size else length * self.factors[axis - 1]
            weights = resize_weights(length, size, inputs.dtype, **self.options)
            inputs = ops.moveaxis(ops.tensordot(inputs, weights, (axis, 1)), -1, axis)
        return inputs

    def get_config(self) -> dict[str, Any]:
        options = {"size": self.size, "factors": self.factors, **self.options}
        return {**super().get_config(), **options}


def decoder():
    image = keras.Input((12, 16, 3), name="image")
    x = layers.SeparableConv2D(
        8, 3, strides=2, padding="same", activation="relu", name="separable_conv2d"
    )(image)  # [B, 6, 8, 8]
    x = layers.DepthwiseConv2D(
        3, padding="same", depth_multiplier=2, use_bias=False, name="depthwise_conv2d"
    )(x)  # [B, 6, 8, 16]
    x = layers.AdaptiveAveragePooling2D((3, 4), name="adaptive_average_pool2d")(x)
    x = layers.Conv2DTranspose(
        8, 3, strides=2, padding="same", activation="relu", name="conv2d_transpose"
    )(x)  # [B, 6, 8, 8]
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")  # [B, 8, 10, 8]
    x = layers.Conv2D(12, 3, name="conv2d")(x)  # [B, 6, 8, 12]
    x = PixelShuffle(2, name="pixel_shuffle")(x)  # [B, 12, 16, 3]
    x = Resize(factors=(2, 2), name="upsample2d")(x)  # [B, 24, 32, 3]
    x = layers.Cropping2D(((1, 1), (0, 2)), name="crop2d")(x)  # [B, 22, 30, 3]
    x = Resize((12, 16), name="resize")(x)  # [B, 12, 16, 3]
    return keras.Model(image, x, name="decoder")
