"""Positions that Keras has no layers for."""

from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class PositionEmbedding(layers.Embedding):
    """Adds a learned vector to the features at each position."""

    def call(self, inputs: Any) -> Any:
        return inputs + self.embeddings[: ops.shape(inputs)[-2]]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


@keras.utils.register_keras_serializable("specgraph")
class SinusoidalPosition(layers.Layer):
    """Adds sines and cosines of the position (Vaswani et al., 2017), alternating or not."""

    def __init__(
        self,
        base: float = 10000.0,
        interleaved: bool = True,
        start: float = 0.0,
        step: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.base, self.interleaved = base, interleaved
        self.start, self.step = start, step

    def call(self, inputs: Any) -> Any:
        time, width = ops.shape(inputs)[-2], inputs.shape[-1]
        kind = keras.backend.result_type(inputs.dtype, "float32")
        position = self.start + self.step * ops.arange(time, dtype=kind)
        power = ops.arange(0, width, 2, dtype=kind) / width
        angle = ops.expand_dims(position, 1) * ops.power(self.base, -power)
        axis = -1 if self.interleaved else 1
        waves = ops.stack([ops.sin(angle), ops.cos(angle)], axis)
        waves = ops.reshape(waves, (time, 2 * angle.shape[1]))[:, :width]
        return inputs + ops.cast(waves, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        config = {"base": self.base, "interleaved": self.interleaved}
        return {
            **super().get_config(),
            **config,
            "start": self.start,
            "step": self.step,
        }


@keras.utils.register_keras_serializable("specgraph")
class RotaryEmbedding(layers.Layer):
    """Turns pairs of features by their position (Su et al., 2021).

    Pairs are neighbours if `interleaved`, else half of the first `dims` features apart.
    """

    def __init__(
        self,
        base: float = 10000.0,
        interleaved: bool = False,
        dims: Any = None,
        start: float = 0.0,
        step: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.base, self.interleaved, self.dims = base, interleaved, dims
        self.start, self.step = start, step

    def call(self, inputs: Any) -> Any:
        width = self.dims or inputs.shape[-1]
        kind = keras.backend.result_type(inputs.dtype, "float32")
        position = ops.arange(ops.shape(inputs)[-2], dtype=kind)
        power = ops.arange(0, width, 2, dtype=kind) / width
        angle = ops.expand_dims(self.start + self.step * position, 1)
        angle = angle * ops.power(self.base, -power)
        sin = ops.cast(ops.sin(angle), inputs.dtype)
        cos = ops.cast(ops.cos(angle), inputs.dtype)
        turned, rest = inputs[..., :width], inputs[..., width:]
        axis = -1 if self.interleaved else -2
        a, b = turned[..., : width // 2], turned[..., width // 2 :]
        if self.interleaved:
            a, b = turned[..., ::2], turned[..., 1::2]
        pairs = ops.stack([a * cos - b * sin, a * sin + b * cos], axis)
        return ops.concatenate([ops.reshape(pairs, ops.shape(turned)), rest], -1)

    def get_config(self) -> dict[str, Any]:
        names = ("base", "interleaved", "dims", "start", "step")
        return {**super().get_config(), **{n: getattr(self, n) for n in names}}
