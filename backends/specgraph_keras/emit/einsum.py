"""What Keras's dense layer along any axes does otherwise."""

from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class EinsumDense(layers.EinsumDense):
    """A dense layer whose bias lies along axes before the last.

    Keras's own adds such a bias along the last axis where the sizes happen to agree.
    """

    def call(self, inputs: Any, training: Any = None) -> Any:
        x = ops.einsum(self.equation, inputs, self.kernel)
        x = x + ops.convert_to_tensor(self.bias)
        return x if self.activation is None else self.activation(x)
