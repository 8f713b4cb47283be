# resnet_of_blocks.yaml · sha256 8fb6a12dde18 · specgraph 0.1.0 · body a1b0cfbc8f16
"""A small ResNet, its blocks as classes or functions.

Input   image: float32 [B, 16, 16, 3] (channels last)
Output  logits: float32 [B, 10]
Parameters: 4,139 trainable, 402 frozen
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


def conv_bn(x, filters, kernel_size=3, stride=1, name="conv_bn"):
    if kernel_size // 2 > 0:
        x = layers.ZeroPadding2D(kernel_size // 2, name=f"{name}_conv2d_pad")(x)
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=stride,
        use_bias=False,
        kernel_initializer=fan_in_uniform(),
        name=f"{name}_conv2d",
    )(x)
    return BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}_batch_norm")(x)


def bottleneck(x, filters, stride=1, name="bottleneck"):
    in_channels = x.shape[-1]
    main = conv_bn(x, filters, kernel_size=1, name=f"{name}_reduce")
    main = layers.ReLU(name=f"{name}_relu")(main)
    main = conv_bn(main, filters, stride=stride, name=f"{name}_conv")
    main = layers.ReLU(name=f"{name}_relu_2")(main)
    main = conv_bn(main, 4 * filters, kernel_size=1, name=f"{name}_expand")
    shortcut = x
    if stride != 1 or in_channels != 4 * filters:
        shortcut = conv_bn(
            x, 4 * filters, kernel_size=1, stride=stride, name=f"{name}_shortcut"
        )
    x = layers.Add(name=f"{name}_add")([main, shortcut])
    return layers.ReLU(name=f"{name}_relu_3")(x)


def resnet_of_blocks():
    image = keras.Input((16, 16, 3), name="image")
    x = conv_bn(image, 5, kernel_size=7, stride=2, name="stem")  # [B, 8, 8, 5]
    x = layers.ReLU(name="relu")(x)  # [B, 8, 8, 5]
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=float("-inf"))
    x = layers.MaxPooling2D(3, strides=2, name="max_pool2d")(x)  # [B, 4, 4, 5]
    for i, (width, depth, stride) in enumerate(
        zip((4, 6), (2, 3), (1, 2), strict=True)
    ):
        x = bottleneck(x, width, stride=stride, name=f"stages_{i}_bottleneck")
        for j in range(depth - 1):
            x = bottleneck(x, width, name=f"stages_{i}_bottleneck_2_{j}")
    x = layers.GlobalAveragePooling2D(name="global_average_pool2d")(x)  # [B, 24]
    x = layers.Dense(
        10,
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(24),
        name="classifier",
    )(x)  # [B, 10]
    return keras.Model(image, x, name="resnet_of_blocks")
