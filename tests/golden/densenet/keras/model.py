# densenet.yaml · sha256 2322e3c713fb · specgraph 0.1.0 · body ccb6daf5a5d4
"""DenseNet image classifier (Huang et al., 2017).

Input   image: float32 [B, 224, 224, 3] (channels last)
Output  classifier: float32 [B, 1000]
Parameters: 7,978,856 trainable, 83,648 frozen
"""

from typing import Any

import keras
from keras import initializers, layers, ops


@keras.utils.register_keras_serializable("specgraph")
class BatchNormalization(layers.BatchNormalization):
    """Batch normalization whose moving variance is unbiased, as in PyTorch.

    Keras's own moves toward the batch's biased variance, too small by n / (n - 1).
    """

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        kept = self.momentum * self.moving_variance
        outputs = super().call(inputs, training=training, mask=mask)
        if training and self.trainable:
            count = ops.size(inputs) // inputs.shape[self.axis]
            count = ops.cast(count, self.moving_variance.dtype)
            moved = (self.moving_variance - kept) * count / (count - 1)
            self.moving_variance.assign(kept + moved)
        return outputs


def fan_in_uniform(fan: int | None = None) -> initializers.Initializer:
    """PyTorch's default: uniform within 1 / sqrt(fan_in), a bias's as its kernel's."""
    if fan is None:
        return initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
    bound = fan**-0.5
    return initializers.RandomUniform(-bound, bound)


def dense_layer(x, growth, name="dense_layer"):
    y = BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}_batch_norm")(x)
    y = layers.ReLU(name=f"{name}_relu")(y)
    y = layers.Conv2D(
        4 * growth,
        1,
        use_bias=False,
        kernel_initializer=fan_in_uniform(),
        name=f"{name}_conv2d",
    )(y)
    y = BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}_batch_norm_2")(y)
    y = layers.ReLU(name=f"{name}_relu_2")(y)
    y = layers.Conv2D(
        growth,
        3,
        padding="same",
        use_bias=False,
        kernel_initializer=fan_in_uniform(),
        name=f"{name}_conv2d_2",
    )(y)
    return layers.Concatenate(name=f"{name}_concat")([x, y])


def transition(x, name="transition"):
    in_channels = x.shape[-1]
    x = BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}_batch_norm")(x)
    x = layers.ReLU(name=f"{name}_relu")(x)
    x = layers.Conv2D(
        in_channels // 2,
        1,
        use_bias=False,
        kernel_initializer=fan_in_uniform(),
        name=f"{name}_conv2d",
    )(x)
    return layers.AveragePooling2D(2, name=f"{name}_average_pool2d")(x)


def densenet():
    image = keras.Input((224, 224, 3), name="image")
    x = layers.ZeroPadding2D(3, name="conv2d_pad")(image)  # [B, 230, 230, 3]
    x = layers.Conv2D(
        64,
        7,
        strides=2,
        use_bias=False,
        kernel_initializer=fan_in_uniform(),
        name="conv2d",
    )(x)  # [B, 112, 112, 64]
    x = BatchNormalization(momentum=0.9, epsilon=1e-05, name="batch_norm")(x)
    x = layers.ReLU(name="relu")(x)  # [B, 112, 112, 64]
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=float("-inf"))
    x = layers.MaxPooling2D(3, strides=2, name="max_pool2d")(x)  # [B, 56, 56, 64]
    for i, (depth, last) in enumerate(
        zip((6, 12, 24, 16), (False, False, False, True), strict=True)
    ):
        for j in range(depth):
            x = dense_layer(x, 32, name=f"stages_{i}_dense_layer_{j}")
        if not last:
            x = transition(x, name=f"stages_{i}_transition")
    x = BatchNormalization(momentum=0.9, epsilon=1e-05, name="batch_norm_2")(x)
    x = layers.ReLU(name="relu_2")(x)  # [B, 7, 7, 1024]
    x = layers.GlobalAveragePooling2D(name="global_average_pool2d")(x)  # [B, 1024]
    x = layers.Dense(
        1000,
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(1024),
        name="classifier",
    )(x)  # [B, 1000]
    return keras.Model(image, x, name="densenet")
