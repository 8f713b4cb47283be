"""Merges that broadcast as they should."""

from typing import Any

import keras
from keras import layers


@keras.utils.register_keras_serializable("specgraph")
class Add(layers.Add):
    """A sum that broadcasts; Keras's takes what has one long axis for a bias.

    It adds such an operand along the last axis where the sizes happen to agree.
    """

    def _merge_function(self, inputs: Any) -> Any:
        return sum(inputs[1:], inputs[0])


@keras.utils.register_keras_serializable("specgraph")
class Average(layers.Average):
    """A mean that broadcasts; Keras's takes what has one long axis for a bias.

    It adds such an operand along the last axis where the sizes happen to agree.
    """

    def _merge_function(self, inputs: Any) -> Any:
        return sum(inputs[1:], inputs[0]) / len(inputs)
