# mobilenet_v2.yaml · sha256 cfea03b3b899 · specgraph 0.1.0 · body bd3aed0c7ce3
"""MobileNetV2 (Sandler et al., 2018).

Input   image: float32 [B, 224, 224, 3] (channels last)
Output  classifier: float32 [B, 1000]
Parameters: 3,504,872 trainable, 34,112 frozen
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


def conv_bn(x, filters, kernel_size=1, stride=1, name="conv_bn"):
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


def inverted_residual(x, filters, expansion, stride=1, name="inverted_residual"):
    in_channels = x.shape[-1]
    y = x
    if expansion != 1:
        y = conv_bn(x, expansion * in_channels, name=f"{name}_expand")
        y = layers.Activation("relu6", name=f"{name}_relu6")(y)
    y = layers.ZeroPadding2D(1, name=f"{name}_depthwise_conv2d_pad")(y)
    y = layers.DepthwiseConv2D(
        3,
        use_bias=False,
        depthwise_initializer=fan_in_uniform(9),
        name=f"{name}_depthwise_conv2d",
        strides=stride,
    )(y)
    y = BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}_batch_norm")(y)
    y = layers.Activation("relu6", name=f"{name}_relu6_2")(y)
    y = conv_bn(y, filters, name=f"{name}_project")
    return (
        layers.Add(name=f"{name}_add")([x, y])
        if stride == 1 and in_channels == filters
        else y
    )


def mobilenet_v2():
    image = keras.Input((224, 224, 3), name="image")
    x = conv_bn(image, 32, kernel_size=3, stride=2, name="stem")  # [B, 112, 112, 32]
    x = layers.Activation("relu6", name="relu6")(x)  # [B, 112, 112, 32]
    for i, (expansion, width, times, stride) in enumerate(
        zip(
            (1, 6, 6, 6, 6, 6, 6),
            (16, 24, 32, 64, 96, 160, 320),
            (1, 2, 3, 4, 3, 3, 1),
            (1, 2, 2, 2, 1, 2, 1),
            strict=True,
        )
    ):
        x = inverted_residual(
            x, width, expansion, stride=stride, name=f"stages_{i}_inverted_residual"
        )
        for j in range(times - 1):
            x = inverted_residual(
                x, width, expansion, name=f"stages_{i}_inverted_residual_2_{j}"
            )
    x = conv_bn(x, 1280, name="head")  # [B, 7, 7, 1280]
    x = layers.Activation("relu6", name="relu6_2")(x)  # [B, 7, 7, 1280]
    x = layers.GlobalAveragePooling2D(name="global_average_pool2d")(x)  # [B, 1280]
    x = layers.Dropout(0.2, name="dropout")(x)  # [B, 1280]
    x = layers.Dense(
        1000,
        kernel_initializer=fan_in_uniform(),
        bias_initializer=fan_in_uniform(1280),
        name="classifier",
    )(x)  # [B, 1000]
    return keras.Model(image, x, name="mobilenet_v2")
