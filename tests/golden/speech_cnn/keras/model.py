# speech_cnn.yaml · sha256 cbe281abc93f · specgraph 0.1.0 · body 8bdda8c87f6c
"""Small classifier of speech commands from spectrograms.

Input   spectrogram: float32 [B, 16, 16, 1] (channels last)
Output  dense_2: float32 [B, 10]
Parameters: 83,168
"""

import keras
from keras import initializers, layers


def fan_in_uniform(fan: int | None = None) -> initializers.Initializer:
    """PyTorch's default: uniform within 1 / sqrt(fan_in), a bias's as its kernel's."""
    if fan is None:
        return initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
    bound = fan**-0.5
    return initializers.RandomUniform(-bound, bound)


def speech_cnn():
    spectrogram = keras.Input((16, 16, 1), name="spectrogram")
    x = layers.Conv2D(
        10,
        5,
        activation="relu",
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(25),
        name="conv2d",
    )(spectrogram)  # [B, 12, 12, 10]
    x = layers.Conv2D(
        20,
        5,
        activation="relu",
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(250),
        name="conv2d_2",
    )(x)  # [B, 8, 8, 20]
    x = layers.Conv2D(
        30,
        5,
        activation="relu",
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(500),
        name="conv2d_3",
    )(x)  # [B, 4, 4, 30]
    x = layers.Flatten(name="flatten")(x)  # [B, 480]
    x = layers.Dense(
        128,
        activation="relu",
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(480),
        name="dense",
    )(x)  # [B, 128]
    x = layers.Dense(
        10,
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(128),
        name="dense_2",
    )(x)  # [B, 10]
    return keras.Model(spectrogram, x, name="speech_cnn")
