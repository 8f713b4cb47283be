# sequence_conv.yaml · sha256 03dcfc84471d · specgraph 0.1.0 · body d9b2130719b3
"""Causal and strided convolutions over sequences of any length.

Input   features: float32 [B, time, 12]
Output  dense: float32 [B, 1]
Parameters: 2,433
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


def sequence_conv():
    features = keras.Input((None, 12), name="features")
    x = SizeCheck(
        "time must be from 8 to 1024 and a multiple of 4",
        axis=1,
        sizes=(8, 1025, 4),
        name="features_time",
    )(features)  # [B, time, 12]
    x = layers.Conv1D(16, 3, padding="causal", activation="relu", name="conv1d")(x)
    x = layers.Conv1D(
        16, 3, padding="causal", dilation_rate=2, activation="relu", name="conv1d_2"
    )(x)  # [B, time, 16]
    x = layers.MaxPooling1D(2, name="max_pool1d")(x)  # [B, time // 2, 16]
    x = layers.Conv1D(24, 5, strides=2, padding="same", groups=2, name="conv1d_3")(x)
    x = layers.LayerNormalization(name="layer_norm")(x)  # [B, (time + 2) // 4, 24]
    x = layers.GlobalAveragePooling1D(name="global_average_pool1d")(x)  # [B, 24]
    x = layers.Dense(1, name="dense")(x)  # [B, 1]
    x = layers.Activation("sigmoid", name="dense_sigmoid")(x)  # [B, 1]
    return keras.Model(features, x, name="sequence_conv")
