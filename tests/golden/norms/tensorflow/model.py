# norms.yaml · sha256 0c35c17e1b03 · specgraph 0.1.0 · body 6d026e9f0183
"""Norms of PyTorch's defaults, one of them frozen, and one of Keras's momentum.

Input   image: float32 [B, 10, 9, 3] (channels last)
Output  dense: float32 [B, 2]
Parameters: 86 trainable, 32 frozen
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


def norms():
    image = keras.Input((10, 9, 3), name="image")
    x = layers.Conv2D(
        4,
        2,
        activation="relu",
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(12),
        name="conv2d",
    )(image)  # [B, 9, 8, 4]
    x = BatchNormalization(momentum=0.9, epsilon=1e-05, name="torch_s")(x)
    x = layers.BatchNormalization(name="keras_s")(x)  # [B, 9, 8, 4]
    x = layers.BatchNormalization(
        momentum=0.9, epsilon=1e-05, trainable=False, name="frozen"
    )(x)  # [B, 9, 8, 4]
    x = layers.LayerNormalization(epsilon=1e-05, name="layer_norm")(x)  # [B, 9, 8, 4]
    x = layers.GlobalAveragePooling2D(name="global_average_pool2d")(x)  # [B, 4]
    x = layers.Dense(
        2,
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(4),
        name="dense",
    )(x)  # [B, 2]
    return keras.Model(image, x, name="norms")
