# siamese.yaml · sha256 d7c8456c3f89 · specgraph 0.1.0 · body 52723510d579
"""Tells whether two images show the same (Koch et al., 2015, smaller).

Inputs  left: float32 [B, 105, 105, 1] (channels last)
        right: float32 [B, 105, 105, 1] (channels last)
Output  dense: float32 [B, 1]
Parameters: 2,039,041 trainable, 320 frozen
"""

from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class After(layers.Layer):
    """The first of two values, once the second has been computed.

    Keras calls layers in an order of its own where none depends on the other.
    """

    def call(self, inputs: Any) -> Any:
        return inputs[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]


def tower(x, filters, units, name="tower"):
    for i, width in enumerate(filters):
        x = layers.Conv2D(width, 3, activation="relu", name=f"{name}_stage_{i}_conv2d")(
            x
        )
        x = layers.BatchNormalization(name=f"{name}_stage_{i}_batch_norm")(x)
        x = layers.MaxPooling2D(2, name=f"{name}_stage_{i}_max_pool2d")(x)
    x = layers.Flatten(name=f"{name}_flatten")(x)  # [B, 7744]
    return layers.Dense(units, activation="sigmoid", name=f"{name}_dense")(x)


def siamese():
    left = keras.Input((105, 105, 1), name="left")
    right = keras.Input((105, 105, 1), name="right")
    features_inputs = keras.Input(left.shape[1:], name="input")
    features_model = keras.Model(
        features_inputs,
        tower(features_inputs, (32, 64, 64), 256, name="features"),
        name="features",
    )
    x = features_model(left)  # [B, 256]
    y = After(name="others_after")([right, x])  # [B, 105, 105, 1]
    y = features_model(y)  # [B, 256]
    x = layers.Subtract(name="subtract")([x, y])  # [B, 256]
    x = ops.abs(x)  # [B, 256]
    x = layers.Dense(1, name="dense")(x)  # [B, 1]
    x = layers.Activation("sigmoid", name="dense_sigmoid")(x)  # [B, 1]
    return keras.Model({"left": left, "right": right}, x, name="siamese")
