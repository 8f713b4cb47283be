# inverted_residual.yaml · sha256 dfe0bcbaa95d · specgraph 0.1.0 · body fe6ac61e5503
"""Residuals and expansions that some uses of one block lack.

Input   image: float32 [B, 16, 16, 3] (channels last)
Output  dense: float32 [B, 10]
Parameters: 5,738 trainable, 880 frozen
"""

from typing import Any

import keras
from keras import initializers, layers, ops


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


def inverted(x, filters, stride=1, expansion=6, name="inverted"):
    in_channels = x.shape[-1]
    y = x
    if expansion != 1:
        y = layers.Conv2D(
            expansion * in_channels,
            1,
            use_bias=False,
            kernel_initializer=fan_in_uniform(),
            name=f"{name}_expand",
        )(x)
    y = BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}_batch_norm")(y)
    y = layers.Activation("relu6", name=f"{name}_relu6")(y)
    y = layers.ZeroPadding2D(1, name=f"{name}_depthwise_conv2d_pad")(y)
    y = layers.DepthwiseConv2D(
        3,
        use_bias=False,
        depthwise_initializer=fan_in_uniform(9),
        name=f"{name}_depthwise_conv2d",
        strides=stride,
    )(y)
    y = BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}_batch_norm_2")(y)
    y = layers.Activation("relu6", name=f"{name}_relu6_2")(y)
    y = layers.Conv2D(
        filters,
        1,
        use_bias=False,
        kernel_initializer=fan_in_uniform(),
        name=f"{name}_conv2d",
    )(y)
    y = BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}_project")(y)
    return (
        layers.Add(name=f"{name}_add")([x, y])
        if stride == 1 and in_channels == filters
        else y
    )


def inverted_residual():
    image = keras.Input((16, 16, 3), name="image")
    x = layers.ZeroPadding2D(1, name="conv2d_pad")(image)  # [B, 18, 18, 3]
    x = layers.Conv2D(
        8,
        3,
        strides=2,
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(27),
        name="conv2d",
    )(x)  # [B, 8, 8, 8]
    x = inverted(x, 4, expansion=1, name="inverted")  # [B, 8, 8, 4]
    for i, (width, depth, stride) in enumerate(
        zip((6, 8), (2, 3), (2, 1), strict=True)
    ):
        x = inverted(x, width, stride=stride, name=f"stage_{i}_inverted")
        for j in range(depth - 1):
            x = inverted(x, width, name=f"stage_{i}_inverted_2_{j}")
    x = layers.GlobalAveragePooling2D(name="global_average_pool2d")(x)  # [B, 8]
    x = layers.Dense(
        10,
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(8),
        name="dense",
    )(x)  # [B, 10]
    return keras.Model(image, x, name="inverted_residual")
