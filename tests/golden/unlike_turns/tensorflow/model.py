# unlike_turns.yaml · sha256 ba14faa01bb6 · specgraph 0.1.0 · body 606e2e4a88b4
"""Loops whose turns differ in more than numbers.

Input   image: float32 [B, 16, 16, 3] (channels last)
Output  dense: float32 [B, 3]
Parameters: 8,783
"""

from tensorflow import keras
from tensorflow.keras import layers


def unit(x, width, act="relu", name="unit"):
    x = layers.Conv2D(width, 3, padding="same", name=f"{name}_conv2d")(x)
    x = layers.LayerNormalization(name=f"{name}_layer_norm")(x)
    return layers.Conv2D(width, 1, activation=act, name=f"{name}_conv2d_2")(x)


def heads(x, units, name="heads"):
    near = layers.Conv2D(units, 1, name=f"{name}_conv2d")(x)  # [B, 8, 8, 4]
    wide = layers.Conv2D(
        units, 3, padding="same", activation="tanh", name=f"{name}_conv2d_2"
    )(x)  # [B, 8, 8, 4]
    return layers.Add(name=f"{name}_add")([near, wide])  # [B, 8, 8, 4]


def heads_units_5(x, units, name="heads_units_5"):
    near = layers.Conv2D(units, 1, name=f"{name}_conv2d")(x)  # [B, 8, 8, 5]
    wide = layers.Conv2D(
        units, 3, padding="same", activation="relu", name=f"{name}_conv2d_2"
    )(x)  # [B, 8, 8, 5]
    return layers.Add(name=f"{name}_add")([near, wide])  # [B, 8, 8, 5]


def tail(x, name="tail"):
    for i in range(2):
        x = layers.Dense(6, name=f"{name}_steps_{i}_dense")(x)
    return layers.LayerNormalization(name=f"{name}_steps_2_layer_norm")(x)


def tail_depth_4(x, name="tail_depth_4"):
    for i in range(3):
        x = layers.Dense(6, name=f"{name}_steps_{i}_dense")(x)
    return layers.LayerNormalization(name=f"{name}_steps_3_layer_norm")(x)


def unlike_turns():
    image = keras.Input((16, 16, 3), name="image")
    x = image
    for i in range(2):
        x = layers.Conv2D(
            4, 3, padding="same", activation="relu", name=f"stem_{i}_conv2d"
        )(x)
    x = layers.MaxPooling2D(2, name="stem_2_max_pool2d")(x)
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="stem_3_conv2d")(x)
    for i, act in enumerate(("relu", "relu", "gelu", "gelu")):
        x = unit(x, 8 + 4 * i, act=act, name=f"body_{i}")
    x = heads(x, 4, name="heads_0")
    for i in range(1, 3):
        x = heads_units_5(x, 5, name=f"heads_{i}")
    x = layers.GlobalAveragePooling2D(name="global_average_pool2d")(x)  # [B, 5]
    x = tail(x, name="tail")  # [B, 6]
    x = tail_depth_4(x, name="tail_2")  # [B, 6]
    x = layers.Dense(3, name="dense")(x)  # [B, 3]
    return keras.Model(image, x, name="unlike_turns")
