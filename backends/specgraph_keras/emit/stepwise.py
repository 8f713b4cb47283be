"""Layers for every step."""

from typing import Any

import keras
from keras import layers


@keras.utils.register_keras_serializable("specgraph")
class TimeDistributed(layers.TimeDistributed):
    """`layers.TimeDistributed` of a layer that does not say what shape it gives."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        shape = (input_shape[0], *input_shape[2:])
        step = keras.KerasTensor(shape, dtype=self.compute_dtype)
        batch, *sizes = self.layer.compute_output_spec(step).shape
        return (batch, input_shape[1], *sizes)
