# encoder.yaml · sha256 dc5d8948984d · specgraph 0.1.0 · body c48166ff766e
"""A layer of a transformer that sees the words that are present.

Inputs  tokens: int32 [B, time]
        mask: bool [B, time]
Output  pooler: float32 [B, 4]
Parameters: 2,244
"""

from typing import Any

import keras
from keras import initializers, layers, ops


@keras.utils.register_keras_serializable("specgraph")
class SizeCheck(layers.Layer):
    """Gives its input back; refuses one whose size is not in a range(*sizes)."""

    def __init__(self, rule: str, axis: int, sizes: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.rule, self.axis, self.sizes = rule, axis, sizes

    def call(self, inputs: Any) -> Any:
        size, (start, stop, step) = ops.shape(inputs)[self.axis], self.sizes
        fits = (size >= start) & (size <= stop - 1) & ((size - start) % step == 0)
        if not isinstance(size, int):  # TensorFlow knows it only when the graph runs
            import tensorflow as tf

            tf.debugging.Assert(fits, [f"{self.rule}, got", size])
        elif not fits:
            raise ValueError(f"{self.rule}, got {size}")
        return inputs

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        config = {"rule": self.rule, "axis": self.axis, "sizes": self.sizes}
        return {**super().get_config(), **config}


@keras.utils.register_keras_serializable("specgraph")
class PositionEmbedding(layers.Embedding):
    """Adds a learned vector to the features at each position."""

    def call(self, inputs: Any) -> Any:
        return inputs + self.embeddings[: ops.shape(inputs)[-2]]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def encoder():
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    mask = keras.Input((None,), dtype="bool", name="mask")
    x = SizeCheck(
        "time must be at most 32", axis=1, sizes=(1, 33, 1), name="tokens_time"
    )(tokens)  # [B, time]
    x = layers.Embedding(
        50,
        12,
        embeddings_initializer=initializers.RandomNormal(stddev=0.02),
        name="embedding",
    )(x)  # [B, time, 12]
    x = PositionEmbedding(
        32,
        12,
        embeddings_initializer=initializers.RandomNormal(stddev=0.02),
        name="position_embedding",
    )(x)  # [B, time, 12]
    x = layers.LayerNormalization(epsilon=1e-12, name="layer_norm")(x)  # [B, time, 12]
    x = layers.Dropout(0.1, name="start")(x)  # [B, time, 12]
    y = layers.MultiHeadAttention(
        3,
        4,
        dropout=0.1,
        kernel_initializer=initializers.RandomNormal(stddev=0.02),
        name="attention",
    )(x, x, attention_mask=ops.expand_dims(mask, 1))  # [B, time, 12]
    y = layers.Dropout(0.1, name="dropout")(y)  # [B, time, 12]
    x = layers.Add(name="add")([x, y])  # [B, time, 12]
    x = layers.LayerNormalization(epsilon=1e-12, name="layer_norm_2")(x)
    y = layers.Dense(
        20,
        activation="gelu",
        kernel_initializer=initializers.RandomNormal(stddev=0.02),
        name="expand",
    )(x)  # [B, time, 20]
    y = layers.Dense(
        12, kernel_initializer=initializers.RandomNormal(stddev=0.02), name="contract"
    )(y)  # [B, time, 12]
    y = layers.Dropout(0.1, name="dropout_2")(y)  # [B, time, 12]
    x = layers.Add(name="add_2")([x, y])  # [B, time, 12]
    x = layers.LayerNormalization(epsilon=1e-12, name="hidden")(x)  # [B, time, 12]
    x = x[:, 0]  # [B, 12]
    x = layers.Dense(
        4, kernel_initializer=initializers.RandomNormal(stddev=0.02), name="pooler"
    )(x)  # [B, 4]
    return keras.Model({"tokens": tokens, "mask": mask}, x, name="encoder")
