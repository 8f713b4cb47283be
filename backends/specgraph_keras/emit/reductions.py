"""Reductions that Keras has no function for."""

from typing import Any

import keras
from keras import layers, ops


def root(variance: Any) -> Any:
    """The square root with a gradient of 0 at 0, as `torch.std` has; Keras's is NaN."""
    spread = variance > 0
    return ops.where(spread, ops.sqrt(ops.where(spread, variance, 1)), 0)


@keras.utils.register_keras_serializable("specgraph")
class Variance(layers.Layer):
    """The unbiased variance along axes: by one less than the number of values."""

    def __init__(self, axis: Any, keepdims: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis, self.keepdims = axis, keepdims

    def call(self, inputs: Any) -> Any:
        biased = ops.var(inputs, axis=self.axis, keepdims=self.keepdims)
        count = ops.cast(ops.size(inputs) // ops.size(biased), biased.dtype)
        return biased * (count / (count - 1))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis, "keepdims": self.keepdims}
