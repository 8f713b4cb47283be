"""Layers that compute with a weight of another layer, which they hold."""

from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class TiedDense(layers.Layer):
    """A product with a weight of another layer, as it is or transposed; no bias."""

    def __init__(
        self, other: Any, weight: str, transposed: bool = False, **named: Any
    ) -> None:
        super().__init__(**named)
        if isinstance(other, dict):
            other = keras.saving.deserialize_keras_object(other)
        self.other, self.weight, self.transposed = other, weight, transposed

    def call(self, inputs: Any) -> Any:
        kernel = getattr(self.other, self.weight)
        return ops.matmul(inputs, ops.transpose(kernel) if self.transposed else kernel)

    def get_config(self) -> dict[str, Any]:
        other = keras.saving.serialize_keras_object(self.other)
        own = {"weight": self.weight, "transposed": self.transposed}
        return {**super().get_config(), "other": other, **own}


@keras.utils.register_keras_serializable("specgraph")
class TiedEmbedding(TiedDense):
    """An embedding whose table is a weight of another layer, as it is or transposed."""

    def call(self, inputs: Any) -> Any:
        table = getattr(self.other, self.weight)
        table = ops.transpose(table) if self.transposed else table
        return ops.take(table, ops.cast(inputs, "int32"), axis=0)


@keras.utils.register_keras_serializable("specgraph")
class Bias(layers.Layer):
    """A sum with a learned vector."""

    def __init__(
        self, initializer: Any = "zeros", regularizer: Any = None, **named: Any
    ) -> None:
        super().__init__(**named)
        self.initializer = keras.initializers.get(initializer)
        self.regularizer = keras.regularizers.get(regularizer)

    def build(self, input_shape: Any) -> None:
        self.bias = self.add_weight(
            name="bias",
            shape=input_shape[-1:],
            initializer=self.initializer,
            regularizer=self.regularizer,
        )

    def call(self, inputs: Any) -> Any:
        return ops.add(inputs, self.bias)

    def get_config(self) -> dict[str, Any]:
        initializer = keras.initializers.serialize(self.initializer)
        regularizer = keras.regularizers.serialize(self.regularizer)
        own = {"initializer": initializer, "regularizer": regularizer}
        return {**super().get_config(), **own}


@keras.utils.register_keras_serializable("specgraph")
class ConstrainedBias(Bias):
    """A sum with a learned vector that every step of the optimizer brings back."""

    def __init__(self, constraint: Any, **named: Any) -> None:
        super().__init__(**named)
        self.constraint = keras.constraints.get(constraint)

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.bias.constraint = self.constraint

    def get_config(self) -> dict[str, Any]:
        constraint = keras.constraints.serialize(self.constraint)
        return {**super().get_config(), "constraint": constraint}
