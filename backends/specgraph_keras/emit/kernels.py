"""Layers whose kernel is made of other weights."""

from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class WeightNormalization(layers.Wrapper):
    """A layer whose kernel is a length times a direction (Salimans & Kingma, 2016)."""

    def __init__(self, layer: Any, axis: int | None = -1, **kwargs: Any):
        super().__init__(layer, **kwargs)
        self.axis = axis

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        start = ops.squeeze(self.lengths(), self.others) + 0
        self.magnitude = self.add_weight(
            ops.shape(start), lambda *_, **__: start, name="magnitude"
        )

    def lengths(self) -> Any:
        kernel = ops.convert_to_tensor(self.layer.kernel)
        own = None if self.axis is None else self.axis % len(kernel.shape)
        self.others = tuple(i for i in range(len(kernel.shape)) if i != own)
        return ops.sqrt(ops.sum(ops.square(kernel), self.others, keepdims=True))

    def call(self, inputs: Any) -> Any:
        held = "_kernel" if hasattr(self.layer, "_kernel") else "kernel"
        direction = getattr(self.layer, held)
        scale = ops.expand_dims(self.magnitude, self.others) / self.lengths()
        setattr(self.layer, held, direction * scale)
        try:
            return self.layer(inputs)
        finally:
            setattr(self.layer, held, direction)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


@keras.utils.register_keras_serializable("specgraph")
class SpectralNormalization(layers.Wrapper):
    """A layer whose kernel is divided by its spectral norm, as in PyTorch.

    Keras's own writes the quotient over the kernel at every training step.
    """

    def __init__(
        self,
        layer: Any,
        axis: int = -1,
        power_iterations: int = 1,
        epsilon: float = 1e-12,
        **kwargs: Any,
    ):
        super().__init__(layer, **kwargs)
        self.axis, self.epsilon = axis, epsilon
        self.power_iterations = power_iterations

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        matrix = self.matrix(ops.convert_to_tensor(self.layer.kernel))
        start = keras.random.normal(matrix.shape[:1], dtype=matrix.dtype)
        vectors = self.improved(matrix, start, 15)
        self.vector_u, self.vector_v = (
            self.add_weight(
                vector.shape,
                lambda *_, vector=vector, **__: vector,
                trainable=False,
                name=f"vector_{name}",
            )
            for name, vector in zip("uv", vectors, strict=True)
        )

    def matrix(self, kernel: Any) -> Any:
        columns = kernel.shape[self.axis]
        return ops.reshape(ops.moveaxis(kernel, self.axis, -1), (-1, columns))

    def improved(self, matrix: Any, v: Any, repeats: int) -> tuple[Any, Any]:
        u = v
        for _ in range(repeats):
            u = ops.matmul(v, matrix)
            u = u / ops.maximum(ops.sqrt(ops.sum(u * u)), self.epsilon)
            v = ops.matmul(matrix, u)
            v = v / ops.maximum(ops.sqrt(ops.sum(v * v)), self.epsilon)
        return ops.stop_gradient(u), ops.stop_gradient(v)

    def call(self, inputs: Any, training: Any = False) -> Any:
        held = "_kernel" if hasattr(self.layer, "_kernel") else "kernel"
        kernel = getattr(self.layer, held)
        matrix = self.matrix(ops.convert_to_tensor(kernel))
        u, v = self.vector_u + 0, self.vector_v + 0
        if training and self.trainable:
            u, v = self.improved(matrix, v, self.power_iterations)
            self.vector_u.assign(u)
            self.vector_v.assign(v)
        setattr(self.layer, held, kernel / ops.sum(ops.matmul(v, matrix) * u))
        try:
            return self.layer(inputs)
        finally:
            setattr(self.layer, held, kernel)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        options = {"axis": self.axis, "power_iterations": self.power_iterations}
        return {**super().get_config(), **options, "epsilon": self.epsilon}
