# inception.yaml · sha256 bda7e7e6cb8a · specgraph 0.1.0 · body eff8a84c331a
"""A smaller Inception-v3 (Szegedy et al., 2016).

Input   image: float32 [B, 35, 35, 3] (channels last)
Output  dense: float32 [B, 10]
Parameters: 4,674 trainable, 272 frozen
"""

from typing import Any

from tensorflow import keras
from tensorflow.keras import initializers, layers, ops


def fan_in_uniform(fan: int | None = None) -> initializers.Initializer:
    """PyTorch's default: uniform within 1 / sqrt(fan_in), a bias's as its kernel's."""
    if fan is None:
        return initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
    bound = fan**-0.5
    return initializers.RandomUniform(-bound, bound)


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


def conv(x, filters, kernel_size=1, padding=0, name="conv"):
    if padding != 0:
        x = layers.ZeroPadding2D(padding, name=f"{name}_conv2d_pad")(x)
    x = layers.Conv2D(
        filters,
        kernel_size,
        use_bias=False,
        kernel_initializer=fan_in_uniform(),
        name=f"{name}_conv2d",
    )(x)
    x = BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}_batch_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def mixed(x, inner, pool, name="mixed"):
    narrow = conv(x, 8, name=f"{name}_conv")  # [B, 16, 16, 8]
    wide = conv(x, inner, name=f"{name}_conv_2")
    wide = conv(wide, inner, kernel_size=(1, 7), padding=(0, 3), name=f"{name}_conv_3")
    wide = conv(wide, 12, kernel_size=(7, 1), padding=(3, 0), name=f"{name}_conv_4")
    pool_ = layers.ZeroPadding2D(1, name=f"{name}_average_pool2d_pad")(x)
    pool_ = layers.AveragePooling2D(3, strides=1, name=f"{name}_average_pool2d")(pool_)
    pool_ = conv(pool_, pool, name=f"{name}_conv_5")
    return layers.Concatenate(name=f"{name}_concat")([narrow, wide, pool_])


def inception():
    image = keras.Input((35, 35, 3), name="image")
    x = conv(image, 8, kernel_size=3, name="conv")  # [B, 33, 33, 8]
    x = layers.MaxPooling2D(3, strides=2, name="max_pool2d")(x)  # [B, 16, 16, 8]
    for i, (inner, pool) in enumerate(zip((4, 6, 6), (4, 8, 8), strict=True)):
        x = mixed(x, inner, pool, name=f"mixed_{i}_mixed")
    for i, kernel_size in enumerate(((1, 3), (3, 1))):
        x = conv(x, 8, kernel_size=kernel_size, name=f"last_{i}_conv")
    x = layers.GlobalAveragePooling2D(name="global_average_pool2d")(x)  # [B, 8]
    x = layers.Dense(
        10,
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(8),
        name="dense",
    )(x)  # [B, 10]
    return keras.Model(image, x, name="inception")
