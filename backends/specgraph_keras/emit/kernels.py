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
