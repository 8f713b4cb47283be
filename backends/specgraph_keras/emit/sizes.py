"""Sizes that a model is made for."""

from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class SizeCheck(layers.Layer):
    """Gives its input back; refuses one whose size is not in a range(*sizes)."""

    def __init__(self, rule: str, axis: int, sizes: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.rule, self.axis, self.sizes = rule, axis, sizes

    def call(self, inputs: Any) -> Any:
        size, (start, stop, step) = ops.shape(inputs)[self.axis], self.sizes
        fits = (size >= start) & (size <= stop - 1) & ((size - start) % step == 0)
        if not isinstance(size, int):  # TensorFlow knows it only when the graph runs
            import tensorflow as tf

            tf.debugging.Assert(fits, [f"{self.rule}, got", size])
        elif not fits:
            raise ValueError(f"{self.rule}, got {size}")
        return inputs

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        config = {"rule": self.rule, "axis": self.axis, "sizes": self.sizes}
        return {**super().get_config(), **config}
