# mnist_cnn.yaml · sha256 63f5c4b4e399 · specgraph 0.1.0 · body 0c79640c8dfb
"""Small image classifier.

Input   image: float32 [B, 28, 28, 1] (channels last)
Output  dense_2: float32 [B, 10]
Parameters: 693,962
"""

from tensorflow import keras
from tensorflow.keras import layers


def mnist_cnn():
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(32, 3, activation="relu", name="conv2d")(image)  # [B, 26, 26, 32]
    x = layers.MaxPooling2D(2, name="max_pool2d")(x)  # [B, 13, 13, 32]
    x = layers.Flatten(name="flatten")(x)  # [B, 5408]
    x = layers.Dense(128, activation="relu", name="dense")(x)  # [B, 128]
    x = layers.Dense(10, name="dense_2")(x)  # [B, 10]
    x = layers.Softmax(name="dense_2_softmax")(x)  # [B, 10]
    return keras.Model(image, x, name="mnist_cnn")
