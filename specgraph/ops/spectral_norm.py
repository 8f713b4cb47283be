"""A layer whose kernel is divided by its spectral norm."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from specgraph.ops.base import (
    Bound,
    Count,
    Param,
    Sample,
    SampleInput,
    TensorType,
    register_op,
)
from specgraph.ops.conv_transpose import ConvTranspose
from specgraph.ops.weight_norm import OfKernel
from specgraph.training.derived import Singular

START = 15
"""Power iterations before training."""


@register_op
class SpectralNorm(OfKernel):
    """A layer with the kernel W / s, s about its greatest singular value.

    W is the kernel as a matrix [others, outputs] and s = v W u (Miyato et al., 2018).
    Before each training step, `power_iterations` times: u = v W / |v W|, then
    v = W u / |W u|; a gradient goes through W alone.  Otherwise u and v stay.  As
    `torch.nn.utils.parametrizations.spectral_norm`; Keras's own layer is another:
    it writes W / s over the kernel at every step.
    """

    label: ClassVar[str] = "spectral_norm"
    spellings = {"n_power_iterations": "power_iterations", "eps": "epsilon"}

    power_iterations: Count = 1
    """How often a training step improves u and v."""
    epsilon: Annotated[float, Field(gt=0)] = 1e-12
    """The least length that u and v are divided by."""

    samples = (
        Sample("dense", {"dense": 5}, (SampleInput((3,)),)),
        Sample(
            "two iterations, any length, an activation that is a layer",
            {
                "layer": {"dense": {"units": 4, "activation": {"leaky_relu": 0.25}}},
                "power_iterations": 2,
                "epsilon": 1e-6,
            },
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "convolution, strided, penalties",
            {
                "conv2d": {
                    "filters": 5,
                    "kernel_size": (3, 2),
                    "padding": "same",
                    "strides": 2,
                    "kernel_initializer": "ones",
                    "kernel_regularizer": "l2",
                    "kernel_constraint": "non_neg",
                }
            },
            (SampleInput((7, 6, 3)),),
        ),
        Sample(
            "channels first, groups",
            {"conv1d": {"filters": 6, "kernel_size": 3, "groups": 2}},
            (SampleInput((4, 7), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "transposed",
            {"conv2d_transpose": {"filters": 4, "kernel_size": 3, "strides": 2}},
            (SampleInput((5, 6, 3)),),
        ),
    )

    @property
    def columns(self) -> int:
        """The kernel's axis of outputs, from the end."""
        return -2 if isinstance(self.layer, ConvTranspose) else -1

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """Those of the layer; the buffers `vector_u` and `vector_v`."""
        kernel, *rest = self.layer.params(inputs)
        axis = len(kernel.shape) + self.columns
        others = (*kernel.shape[:axis], *kernel.shape[axis + 1 :])
        columns = Singular(weight=kernel.name, axis=axis, side="columns")
        rows = Singular(weight=kernel.name, axis=axis, side="rows")
        return (
            kernel,
            *rest,
            Param("vector_u", (kernel.shape[axis],), columns, trainable=False),
            Param("vector_v", others, rows, trainable=False),
        )
