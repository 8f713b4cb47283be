"""Sizes that a model is made for."""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("specgraph")
class SizeCheck(layers.Layer):
    """Gives its input back; refuses one with a size that the model is not made for."""

    def __init__(
        self,
        title: str,
        axis: int,
        least: int = 1,
        most: Any = None,
        multiple_of: int = 1,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.title, self.axis, self.least = title, axis, least
        self.most, self.multiple_of = most, multiple_of

    def call(self, inputs: Any) -> Any:
        size = ops.shape(inputs)[self.axis]
        fits = (size >= self.least) & (size % self.multiple_of == 0)
        if self.most is not None:
            fits = fits & (size <= self.most)
        limits = {"at least": self.least, "at most": self.most}
        limits["a multiple of"] = self.multiple_of
        wanted = [f"{word} {n}" for word, n in limits.items() if n not in (None, 1)]
        message = f"{self.title} must be {', '.join(wanted)}, got"
        if not isinstance(size, int):  # TensorFlow knows it only when the graph runs
            import tensorflow as tf

            tf.debugging.Assert(fits, [message, size])
        elif not fits:
            raise ValueError(f"{message} {size}")
        return inputs

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        names = ("title", "axis", "least", "most", "multiple_of")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
