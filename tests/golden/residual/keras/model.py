# residual.yaml · sha256 a90a9697a6a9 · specgraph 0.1.0 · body 43c673f2d5bc
"""An image classifier with residual branches, the first of which halves the image.

Input   image: float32 [B, 32, 32, 3] (channels last)
Output  dense: float32 [B, 10]
Parameters: 33,882 trainable, 352 frozen
"""

import keras
from keras import layers


def residual():
    image = keras.Input((32, 32, 3), name="image")
    x = layers.Conv2D(
        16,
        3,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name="conv2d",
    )(image)  # [B, 32, 32, 16]
    x = layers.BatchNormalization(name="batch_norm")(x)  # [B, 32, 32, 16]
    x = layers.ReLU(name="relu")(x)  # [B, 32, 32, 16]
    main = layers.Conv2D(
        32,
        3,
        strides=2,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name="conv2d_2",
    )(x)  # [B, 16, 16, 32]
    main = layers.BatchNormalization(name="batch_norm_2")(main)  # [B, 16, 16, 32]
    main = layers.ReLU(name="relu_2")(main)  # [B, 16, 16, 32]
    main = layers.Conv2D(
        32,
        3,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name="conv2d_3",
    )(main)  # [B, 16, 16, 32]
    main = layers.BatchNormalization(name="batch_norm_3")(main)  # [B, 16, 16, 32]
    shortcut = layers.Conv2D(
        32,
        1,
        strides=2,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name="conv2d_4",
    )(x)  # [B, 16, 16, 32]
    shortcut = layers.BatchNormalization(name="batch_norm_4")(shortcut)
    x = layers.Add(name="add")([main, shortcut])  # [B, 16, 16, 32]
    x = layers.ReLU(name="relu_3")(x)  # [B, 16, 16, 32]
    main = layers.Conv2D(
        32,
        3,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name="conv2d_5",
    )(x)  # [B, 16, 16, 32]
    main = layers.BatchNormalization(name="batch_norm_5")(main)  # [B, 16, 16, 32]
    main = layers.ReLU(name="relu_4")(main)  # [B, 16, 16, 32]
    main = layers.Conv2D(
        32,
        3,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name="conv2d_6",
    )(main)  # [B, 16, 16, 32]
    main = layers.BatchNormalization(name="batch_norm_6")(main)  # [B, 16, 16, 32]
    x = layers.Add(name="add_2")([main, x])  # [B, 16, 16, 32]
    x = layers.ReLU(name="relu_5")(x)  # [B, 16, 16, 32]
    x = layers.GlobalAveragePooling2D(name="global_average_pool2d")(x)  # [B, 32]
    x = layers.Dense(10, name="dense")(x)  # [B, 10]
    x = layers.Softmax(name="dense_softmax")(x)  # [B, 10]
    return keras.Model(image, x, name="residual")
