"""Activations that Keras has no layer or name for."""

from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
def gelu_tanh(x: Any) -> Any:
    """GELU by the hyperbolic tangent, for which Keras has no name."""
    return keras.activations.gelu(x, approximate=True)


@keras.utils.register_keras_serializable("specgraph")
class LogSoftmax(layers.Layer):
    """The logarithm of the softmax along any axis; Keras's name means the last."""

    def __init__(self, axis: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        return ops.log_softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


@keras.utils.register_keras_serializable("specgraph")
class LeakyReLU(layers.Layer):
    """A leaky ReLU that falls below 0 too, which Keras's own refuses to do."""

    def __init__(self, negative_slope: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.negative_slope = negative_slope

    def call(self, inputs: Any) -> Any:
        return ops.where(inputs > 0, inputs, self.negative_slope * inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}
