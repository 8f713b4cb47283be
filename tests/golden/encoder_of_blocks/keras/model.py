# encoder_of_blocks.yaml · sha256 8f2f5b188d50 · specgraph 0.1.0 · body d9ad77392b55
"""A small encoder whose layers are one class.

Inputs  tokens: int32 [B, time]
        segments: int32 [B, time]
        mask: bool [B, time]
Outputs hidden: float32 [B, time, 12]
        pooled: float32 [B, 12]
Parameters: 3,280
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


def encoder_layer(x, mask, heads, width, rate, hidden, name="encoder_layer"):
    y = layers.MultiHeadAttention(
        heads,
        width // heads,
        dropout=rate,
        kernel_initializer=initializers.RandomNormal(stddev=0.02),
        name=f"{name}_attention",
    )(x, x, attention_mask=ops.expand_dims(mask, 1))  # [B, time, 12]
    y = layers.Dropout(rate, name=f"{name}_dropout")(y)  # [B, time, 12]
    x = layers.Add(name=f"{name}_add")([x, y])  # [B, time, 12]
    x = layers.LayerNormalization(epsilon=1e-12, name=f"{name}_layer_norm")(x)
    y = layers.Dense(
        hidden,
        activation="gelu",
        kernel_initializer=initializers.RandomNormal(stddev=0.02),
        name=f"{name}_expand",
    )(x)  # [B, time, 20]
    y = layers.Dense(
        width,
        kernel_initializer=initializers.RandomNormal(stddev=0.02),
        name=f"{name}_contract",
    )(y)  # [B, time, 12]
    y = layers.Dropout(rate, name=f"{name}_dropout_2")(y)  # [B, time, 12]
    x = layers.Add(name=f"{name}_add_2")([x, y])  # [B, time, 12]
    return layers.LayerNormalization(epsilon=1e-12, name=f"{name}_layer_norm_2")(x)


def encoder_of_blocks():
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    segments = keras.Input((None,), dtype="int32", name="segments")
    mask = keras.Input((None,), dtype="bool", name="mask")
    x = SizeCheck(
        "time must be at most 9", axis=1, sizes=(1, 10, 1), name="tokens_time"
    )(tokens)  # [B, time]
    token_embedding = layers.Embedding(
        50,
        12,
        embeddings_initializer=initializers.RandomNormal(stddev=0.02),
        name="token_embedding",
    )(x)  # [B, time, 12]
    x = layers.Embedding(
        2,
        12,
        embeddings_initializer=initializers.RandomNormal(stddev=0.02),
        name="segment_embedding",
    )(segments)  # [B, time, 12]
    x = layers.Add(name="add")([token_embedding, x])  # [B, time, 12]
    x = PositionEmbedding(
        9,
        12,
        embeddings_initializer=initializers.RandomNormal(stddev=0.02),
        name="position_embedding",
    )(x)  # [B, time, 12]
    x = layers.LayerNormalization(epsilon=1e-12, name="layer_norm")(x)  # [B, time, 12]
    x = layers.Dropout(0.1, name="dropout")(x)  # [B, time, 12]
    hidden = x
    for i in range(2):
        hidden = encoder_layer(
            hidden, mask, 3, 12, rate=0.1, hidden=20, name=f"encoder_{i}"
        )
    x = hidden[:, 0]  # [B, 12]
    pooled = layers.Dense(
        12,
        activation="tanh",
        kernel_initializer=initializers.RandomNormal(stddev=0.02),
        name="pooler",
    )(x)  # [B, 12]
    return keras.Model(
        {"tokens": tokens, "segments": segments, "mask": mask},
        {"hidden": hidden, "pooled": pooled},
        name="encoder_of_blocks",
    )
