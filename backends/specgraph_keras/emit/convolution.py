"""Transposed convolutions that Keras has no layer for."""

from typing import Any

import keras
from keras import layers, ops


class GroupedTranspose(layers.Layer):
    """A transposed convolution with groups, and gaps in its kernel at any stride.

    Keras has no groups, and gaps neither with strides nor on every device.  `tail` are
    zeros after the kernel.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        gaps: Any,
        groups: int = 1,
        tail: Any = (0, 0, 0),
        **kwargs: Any,
    ):
        axes = zip(kernel_size, gaps, tail, strict=False)
        reach = [(cells - 1) * gap + 1 + rest for cells, gap, rest in axes]
        super().__init__(filters, reach, **kwargs)
        self.cells, self.gaps = tuple(kernel_size), gaps
        self.groups, self.tail = groups, tail

    def build(self, input_shape: Any) -> None:
        shape = (*self.cells, self.filters // self.groups, input_shape[-1])
        self.kernel = self.add_weight(
            shape,
            self.kernel_initializer,
            name="kernel",
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (self.filters,),
                self.bias_initializer,
                name="bias",
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def call(self, inputs: Any) -> Any:
        kernel, options = self.kernel, (self.strides, "valid", self.output_padding)
        for axis, gap in enumerate(self.gaps):
            rows = ops.eye(self.kernel_size[axis], dtype=kernel.dtype)
            rows = rows[: self.cells[axis] * gap : gap]
            kernel = ops.moveaxis(ops.tensordot(kernel, rows, (axis, 0)), -1, axis)
        parts = [ops.split(x, self.groups, -1) for x in (inputs, kernel)]
        made = [
            ops.conv_transpose(*part, *options) for part in zip(*parts, strict=True)
        ]
        outputs = ops.concatenate(made, -1)
        return self.activation(outputs + self.bias if self.use_bias else outputs)

    def get_config(self) -> dict[str, Any]:
        options = {"kernel_size": self.cells, "gaps": self.gaps, "groups": self.groups}
        return {**super().get_config(), **options, "tail": self.tail}


@keras.utils.register_keras_serializable("specgraph")
class Conv1DTranspose(GroupedTranspose, layers.Conv1DTranspose):
    """`layers.Conv1DTranspose` with groups and gaps."""


@keras.utils.register_keras_serializable("specgraph")
class Conv2DTranspose(GroupedTranspose, layers.Conv2DTranspose):
    """`layers.Conv2DTranspose` with groups and gaps."""


@keras.utils.register_keras_serializable("specgraph")
class Conv3DTranspose(GroupedTranspose, layers.Conv3DTranspose):
    """`layers.Conv3DTranspose` with groups and gaps."""
