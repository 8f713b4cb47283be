# tied_language_model.yaml · sha256 ffffefa3dfd9 · specgraph 0.1.0 · body 1053c6a99e8d
"""A masked language model with one encoder layer used throughout (Lan et al., 2020).

Inputs  tokens: int32 [B, time]
        mask: bool [B, time]
Output  scores: float32 [B, time, 30000]
Parameters: 4,150,576
"""

from typing import Any

import keras
from keras import layers, ops


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


def encoder_layer(x, mask, heads, width, hidden, name="encoder_layer"):
    y, _ = layers.MultiHeadAttention(heads, width // heads, name=f"{name}_attention")(
        x, x, attention_mask=ops.expand_dims(mask, 1), return_attention_scores=True
    )
    x = layers.Add(name=f"{name}_add")([x, y])  # [B, time, 128]
    x = layers.LayerNormalization(name=f"{name}_layer_norm")(x)  # [B, time, 128]
    y = layers.Dense(hidden, activation="gelu", name=f"{name}_dense")(x)
    y = layers.Dense(width, name=f"{name}_dense_2")(y)  # [B, time, 128]
    x = layers.Add(name=f"{name}_add_2")([x, y])  # [B, time, 128]
    return layers.LayerNormalization(name=f"{name}_layer_norm_2")(x)  # [B, time, 128]


def tied_language_model():
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    mask = keras.Input((None,), dtype="bool", name="mask")
    x = SizeCheck(
        "time must be at most 512", axis=1, sizes=(1, 513, 1), name="tokens_time"
    )(tokens)  # [B, time]
    words_layer = layers.ReversibleEmbedding(30000, 128, name="words")
    x = words_layer(x)  # [B, time, 128]
    x = PositionEmbedding(512, 128, name="position_embedding")(x)  # [B, time, 128]
    encoder_inputs = [
        keras.Input(x.shape[1:], name="x"),
        keras.Input(mask.shape[1:], dtype="bool", name="mask"),
    ]
    encoder_model = keras.Model(
        encoder_inputs,
        encoder_layer(*encoder_inputs, 4, 128, hidden=512, name="encoder"),
        name="encoder",
    )
    x = encoder_model([x, mask])  # [B, time, 128]
    for _ in range(5):
        x = encoder_model([x, mask])
    x = layers.Dense(128, activation="gelu", name="transform")(x)  # [B, time, 128]
    x = layers.LayerNormalization(name="layer_norm")(x)  # [B, time, 128]
    x = words_layer(x, reverse=True)
    x = Bias(name="scores")(x)  # [B, time, 30000]
    return keras.Model({"tokens": tokens, "mask": mask}, x, name="tied_language_model")
