# channels_first.yaml · sha256 a4262e7d3c35 · specgraph 0.1.0 · body 9682373f18ea
"""Channels first under Keras's conventions; the flatten's order is the spec's.

Input   spectrogram: float32 [B, 20, 12, 2] (channels last)
Output  dense_2: float32 [B, 3]
Parameters: 1,381 trainable, 12 frozen
"""

import keras
from keras import layers


def channels_first():
    spectrogram = keras.Input((20, 12, 2), name="spectrogram")
    x = layers.Conv2D(6, (3, 2), strides=2, padding="same", name="conv2d")(spectrogram)
    x = layers.BatchNormalization(name="batch_norm")(x)  # [B, 10, 6, 6]
    x = layers.LeakyReLU(name="leaky_relu")(x)  # [B, 10, 6, 6]
    x = layers.MaxPooling2D(2, padding="same", name="max_pool2d")(x)  # [B, 5, 3, 6]
    x = layers.Concatenate(name="concat")([x, x])  # [B, 5, 3, 12]
    x = layers.Softmax(name="softmax")(x)  # [B, 5, 3, 12]
    x = layers.Flatten(name="flatten")(x)  # [B, 180]
    x = layers.Dense(7, activation="elu", name="dense")(x)  # [B, 7]
    x = layers.Dense(3, name="dense_2")(x)  # [B, 3]
    return keras.Model(spectrogram, x, name="channels_first")
