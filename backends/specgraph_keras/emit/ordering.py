"""Layers that are called several times, in the order of the calls."""

from typing import Any

import keras
from keras import layers


@keras.utils.register_keras_serializable("specgraph")
class After(layers.Layer):
    """The first of two values, once the second has been computed.

    Keras calls layers in an order of its own where none depends on the other.
    """

    def call(self, inputs: Any) -> Any:
        return inputs[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]
