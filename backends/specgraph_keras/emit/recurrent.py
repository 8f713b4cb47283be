"""Recurrent layers with what PyTorch's have and Keras's lack, and without what it adds."""

from typing import Any

import keras
from keras import layers, ops


def unmasked(x: Any) -> Any:
    """The value without the mask that Keras would hand on to every later layer."""
    return ops.copy(x)


@keras.utils.register_keras_serializable("specgraph")
class LSTM(layers.LSTM):
    """An LSTM with a second bias, as in PyTorch; a step adds the sum of the two."""

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        super().build(sequences_shape, initial_state_shape)
        self.recurrent_bias = self.add_weight(
            name="recurrent_bias",
            shape=self.cell.bias.shape,
            initializer=self.bias_initializer.clone(),
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )

    def inner_loop(self, *args: Any, **kwargs: Any) -> Any:
        bias = self.cell.bias
        self.cell.bias = bias + self.recurrent_bias
        try:
            return super().inner_loop(*args, **kwargs)
        finally:
            self.cell.bias = bias


@keras.utils.register_keras_serializable("specgraph")
class SimpleRNN(layers.SimpleRNN):
    """A SimpleRNN with a second bias, as in PyTorch; a step adds the sum of the two."""

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        super().build(sequences_shape, initial_state_shape)
        self.recurrent_bias = self.add_weight(
            name="recurrent_bias",
            shape=self.cell.bias.shape,
            initializer=self.bias_initializer.clone(),
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )

    def inner_loop(self, *args: Any, **kwargs: Any) -> Any:
        bias = self.cell.bias
        self.cell.bias = bias + self.recurrent_bias
        try:
            return super().inner_loop(*args, **kwargs)
        finally:
            self.cell.bias = bias


@keras.utils.register_keras_serializable("specgraph")
class ConvLSTM2D(layers.ConvLSTM2D):
    """A ConvLSTM2D that can be frozen: Keras's own trains its cell in any case."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.cell.trainable = self.trainable
