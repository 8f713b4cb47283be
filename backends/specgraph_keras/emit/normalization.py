"""What Keras's normalization does otherwise than a spec may ask for."""

from typing import Any

import keras
from keras import layers, ops


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


@keras.utils.register_keras_serializable("specgraph")
class LocalResponseNormalization(layers.Layer):
    """A value by a power of its neighbouring channels' mean square, as in PyTorch."""

    def __init__(
        self,
        size: int,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.size = size
        self.options = {"alpha": alpha, "beta": beta, "k": k}

    def call(self, inputs: Any) -> Any:
        alpha, beta, k = self.options.values()
        channels, before = inputs.shape[-1], self.size // 2
        beyond = [(0, 0)] * (len(inputs.shape) - 1) + [(before, self.size - 1 - before)]
        squares = ops.pad(ops.square(inputs), beyond)
        total = sum(squares[..., i : i + channels] for i in range(self.size))
        return inputs / ops.power(k + alpha * total / self.size, beta)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, **self.options}


@keras.utils.register_keras_serializable("specgraph")
class RMSNormalization(layers.RMSNormalization):
    """`layers.RMSNormalization` along any axes; Keras's own takes the last ones."""

    def call(self, x: Any) -> Any:
        sizes = enumerate(x.shape)
        shape = [size if axis in self.axis else 1 for axis, size in sizes]
        scale = ops.reshape(self.scale, shape)
        return ops.rms_normalization(x, scale, self.axis, self.epsilon)


@keras.utils.register_keras_serializable("specgraph")
class UnscaledRMSNormalization(layers.Layer):
    """`layers.RMSNormalization` without its weight."""

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis
        self.epsilon = epsilon

    def call(self, inputs: Any) -> Any:
        return ops.rms_normalization(inputs, axis=self.axis, epsilon=self.epsilon)

    def get_config(self) -> dict[str, Any]:
        options = {"axis": self.axis, "epsilon": self.epsilon}
        return {**super().get_config(), **options}


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
