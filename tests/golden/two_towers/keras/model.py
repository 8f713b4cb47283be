# two_towers.yaml · sha256 490e14046244 · specgraph 0.1.0 · body 761003b32121
"""An image and words about it; what it shows, and how well they agree.

Inputs  image: float32 [B, 16, 16, 3] (channels last)
        words: int32 [B, length]
Outputs policy: float32 [B, 5]
        value: float32 [B, 1]
        agreement: float32 [B, 24]
Parameters: 10,190
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


def two_towers():
    image = keras.Input((16, 16, 3), name="image")
    words = keras.Input((None,), dtype="int32", name="words")
    words_length = SizeCheck(
        "length must be from 2 to 64", axis=1, sizes=(2, 65, 1), name="words_length"
    )(words)  # [B, length]
    left = layers.Conv2D(8, 3, activation="relu", name="conv2d")(image)
    left = layers.GlobalMaxPooling2D(name="global_max_pool2d")(left)  # [B, 8]
    left = layers.Dense(24, name="dense")(left)  # [B, 24]
    right = layers.Embedding(500, 12, name="vectors")(words_length)  # [B, length, 12]
    right = layers.LSTM(24, name="lstm")(right)  # [B, 24]
    agreement = layers.Multiply(name="towers")([left, right])  # [B, 24]
    x = layers.LayerNormalization(name="layer_norm")(agreement)  # [B, 24]
    policy = layers.Dense(5, name="dense_2")(x)  # [B, 5]
    policy = layers.Softmax(name="dense_2_softmax")(policy)  # [B, 5]
    value = layers.Dense(1, activation="tanh", name="dense_3")(x)  # [B, 1]
    return keras.Model(
        {"image": image, "words": words},
        {"policy": policy, "value": value, "agreement": agreement},
        name="two_towers",
    )
