"""A weight that is a value itself."""

from typing import Any

import keras
from keras import initializers, layers, ops, regularizers


@keras.saving.register_keras_serializable("specgraph")
class Parameter(layers.Layer):
    """A learned value, the same for every example of the batch that it is called on."""

    def __init__(
        self,
        shape: Any,
        initializer: Any = "zeros",
        regularizer: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.shape = tuple(shape)
        self.initializer = initializers.get(initializer)
        self.regularizer = regularizers.get(regularizer)

    def build(self, input_shape: Any) -> None:
        self.value = self.add_weight(
            name="value",
            shape=self.shape,
            initializer=self.initializer,
            regularizer=self.regularizer,
        )

    def call(self, inputs: Any) -> Any:
        return ops.broadcast_to(self.value, (ops.shape(inputs)[0], *self.shape))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], *self.shape)

    def get_config(self) -> dict[str, Any]:
        initializer = initializers.serialize(self.initializer)
        regularizer = regularizers.serialize(self.regularizer)
        config = {"initializer": initializer, "regularizer": regularizer}
        return {**super().get_config(), "shape": self.shape, **config}
