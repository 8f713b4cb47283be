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


@keras.utils.register_keras_serializable("specgraph")
class CELU(layers.Layer):
    """A CELU whose slope at 0 is 1; that of Keras's function is 2 there."""

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Any) -> Any:
        below = self.alpha * ops.expm1(ops.minimum(inputs, 0) / self.alpha)
        return ops.where(inputs > 0, inputs, below)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


@keras.utils.register_keras_serializable("specgraph")
class Squareplus(layers.Layer):
    """A squareplus with a bend of any width; Keras's name means 4."""

    def __init__(self, b: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.b = b

    def call(self, inputs: Any) -> Any:
        return ops.squareplus(inputs, self.b)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "b": self.b}


@keras.utils.register_keras_serializable("specgraph")
class PReLU(layers.PReLU):
    """A PReLU whose slope at 0 is alpha, as in PyTorch; Keras's own is 0 there."""

    def call(self, inputs: Any) -> Any:
        return ops.where(inputs > 0, inputs, self.alpha * inputs)
