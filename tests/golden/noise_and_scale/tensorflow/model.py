# noise_and_scale.yaml · sha256 fa2019d0eb71 · specgraph 0.1.0 · body cc4e59fa8f34
"""Norms of groups, learned scales and slopes, and everything that draws.

Input   image: float32 [B, 8, 6, 3] (channels last)
Output  glu: float32 [B, 2]
Parameters: 388
"""

from typing import Any

from tensorflow import keras
from tensorflow.keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class CELU(layers.Layer):
    """A CELU whose slope at 0 is 1; that of Keras's function is 2 there."""

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Any) -> Any:
        below = self.alpha * ops.expm1(ops.minimum(inputs, 0) / self.alpha)
        return ops.where(inputs > 0, inputs, below)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


@keras.utils.register_keras_serializable("specgraph")
class LayerScale(layers.Layer):
    """A learned factor for each channel (Touvron et al., 2021)."""

    def __init__(self, init_values: float, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.init_values = init_values
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        start = keras.initializers.Constant(self.init_values)
        shape = (input_shape[self.axis],)
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer=start)

    def call(self, inputs: Any) -> Any:
        shape = [1] * len(inputs.shape)
        shape[self.axis] = inputs.shape[self.axis]
        return inputs * ops.reshape(self.gamma, shape)

    def get_config(self) -> dict[str, Any]:
        options = {"init_values": self.init_values, "axis": self.axis}
        return {**super().get_config(), **options}


@keras.utils.register_keras_serializable("specgraph")
class PReLU(layers.PReLU):
    """A PReLU whose slope at 0 is alpha, as in PyTorch; Keras's own is 0 there."""

    def call(self, inputs: Any) -> Any:
        return ops.where(inputs > 0, inputs, self.alpha * inputs)


def noise_and_scale():
    image = keras.Input((8, 6, 3), name="image")
    x = layers.Conv2D(8, 3, name="conv2d")(image)  # [B, 6, 4, 8]
    x = layers.GroupNormalization(groups=4, name="group_norm")(x)  # [B, 6, 4, 8]
    x = layers.Activation("hard_silu", name="hard_silu")(x)  # [B, 6, 4, 8]
    x = layers.SpatialDropout2D(0.1, name="spatial_dropout2d")(x)  # [B, 6, 4, 8]
    main = layers.Conv2D(8, 1, name="conv2d_2")(x)
    main = CELU(0.5, name="conv2d_2_celu")(main)  # [B, 6, 4, 8]
    main = LayerScale(0.1, name="layer_scale")(main)  # [B, 6, 4, 8]
    main = layers.Dropout(0.2, noise_shape=(None, 1, 1, 1), name="stochastic_depth")(
        main
    )  # [B, 6, 4, 8]
    x = layers.Add(name="add")([main, x])  # [B, 6, 4, 8]
    x = layers.GroupNormalization(groups=-1, name="instance_norm")(x)  # [B, 6, 4, 8]
    x = PReLU(shared_axes=(1, 2), name="prelu")(x)  # [B, 6, 4, 8]
    x = layers.GlobalAveragePooling2D(name="global_average_pool2d")(x)  # [B, 8]
    x = layers.RMSNormalization(name="rms_norm")(x)  # [B, 8]
    x = layers.GaussianNoise(0.1, name="gaussian_noise")(x)  # [B, 8]
    x = layers.Dense(4, activation="mish", name="dense")(x)  # [B, 4]
    x = layers.ActivityRegularization(l2=0.01, name="activity_regularization")(x)
    x = ops.glu(x)  # [B, 2]
    return keras.Model(image, x, name="noise_and_scale")
