# stem_and_head.yaml · sha256 0c81f13be3cf · specgraph 0.1.0 · body 2652ba9f363d
"""Groups are scopes; the stem is frozen, sizes come from parameters.

Input   image: float32 [B, 32, 32, 3] (channels last)
Output  dense_2: float32 [B, 4]
Parameters: 9,300 trainable, 1,808 frozen
"""

import keras
from keras import layers, regularizers


def stem_and_head():
    image = keras.Input((32, 32, 3), name="image")
    x = layers.Conv2D(
        8,
        5,
        strides=2,
        padding="same",
        activation="gelu",
        trainable=False,
        name="stem_conv2d",
    )(image)  # [B, 16, 16, 8]
    x = layers.AveragePooling2D(2, name="stem_average_pool2d")(x)  # [B, 8, 8, 8]
    x = layers.Conv2D(16, 3, trainable=False, name="stem_inner_conv2d")(x)
    x = layers.LayerNormalization(trainable=False, name="stem_inner_layer_norm")(x)
    x = layers.Flatten(name="flatten")(x)  # [B, 576]
    x = layers.Dense(
        16,
        activation="silu",
        kernel_regularizer=regularizers.L2(0.001),
        name="head_dense",
    )(x)  # [B, 16]
    x = layers.Dropout(0.25, name="head_dropout")(x)  # [B, 16]
    x = layers.Dense(4, name="head_dense_2")(x)  # [B, 4]
    x = layers.Softmax(name="head_dense_2_softmax")(x)  # [B, 4]
    return keras.Model(image, x, name="stem_and_head")
