"""Values without inputs."""

from typing import Any

import keras
from keras import initializers, layers, ops, regularizers


@keras.utils.register_keras_serializable("specgraph")
class Parameter(layers.Layer):
    """A learned value, the same for every example of the batch that it is called on."""

    def __init__(
        self,
        shape: Any,
        initializer: Any = None,
        regularizer: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.shape = tuple(shape)
        self.initializer = initializers.get(initializer or "zeros")
        self.regularizer = regularizers.get(regularizer)

    def build(self, input_shape: Any) -> None:
        options = {"initializer": self.initializer, "regularizer": self.regularizer}
        self.value = self.add_weight(name="value", shape=self.shape, **options)

    def call(self, inputs: Any) -> Any:
        return ops.broadcast_to(self.value, (ops.shape(inputs)[0], *self.shape))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], *self.shape)

    def get_config(self) -> dict[str, Any]:
        options = {"initializer": self.initializer, "regularizer": self.regularizer}
        return {**super().get_config(), "shape": self.shape, **options}


@keras.utils.register_keras_serializable("specgraph")
class Constant(layers.Layer):
    """Fixed numbers (floats of 32 bits), for every example of what it is called on."""

    def __init__(self, value: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.value = value

    def call(self, inputs: Any) -> Any:
        floats = "float" in self.compute_dtype
        value = ops.convert_to_tensor(self.value, "float32" if floats else "int64")
        value = ops.cast(value, self.compute_dtype)
        return ops.broadcast_to(value, (ops.shape(inputs)[0], *value.shape))

    def compute_output_spec(self, inputs: Any) -> Any:
        shape = ops.convert_to_tensor(self.value).shape
        return keras.KerasTensor((inputs.shape[0], *shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "value": self.value}
