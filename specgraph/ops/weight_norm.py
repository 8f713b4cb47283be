"""A layer whose kernel is a length times a direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import (
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from specgraph.definition import CallError, Problem
from specgraph.ops.base import (
    Activation,
    Bound,
    Op,
    Order,
    Param,
    Sample,
    SampleInput,
    TensorType,
    register_op,
)
from specgraph.ops.conv import Conv
from specgraph.ops.conv_transpose import ConvTranspose
from specgraph.ops.dense import Dense
from specgraph.ops.dims import Dim
from specgraph.ops.inner import held_by, inner_op, is_call
from specgraph.training.derived import Lengths

KERNELLED = (Dense, Conv, ConvTranspose)
"""The ops whose kernel another op may make of other weights."""


def _kernelled(value: object, info: ValidationInfo) -> Dense | Conv | ConvTranspose:
    found = held_by(inner_op(value, info), KERNELLED, "dense layer and no convolution")
    assert isinstance(found, KERNELLED)
    return found


KernelledField = Annotated[
    Dense | Conv | ConvTranspose,
    PlainValidator(_kernelled),
    WithJsonSchema({"$ref": "#/$defs/kernelled"}),
]
"""A dense or convolution op by its call."""


class OfKernel(Op):
    """A layer whose kernel is made of weights before it is used."""

    leading: ClassVar[str | None] = "layer"
    held: ClassVar[str | None] = "layer"
    order: ClassVar[Order] = "held"

    layer: KernelledField
    """The layer whose kernel it is."""

    @classmethod
    def leading_takes(cls, argument: Mapping[str, object]) -> bool:
        """Whether the mapping is the call of the layer."""
        return is_call(argument, cls.model_fields)

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The layer resolved."""
        return self.filled(layer=self.layer.resolve(inputs))

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """What the layer gives."""
        return self.layer.infer(inputs)

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """Those of the layer."""
        return self.layer.multiply_adds(inputs)

    @property
    def last(self) -> Activation | None:
        """The layer's activation."""
        return self.layer.last

    def bare(self) -> Self:
        """With the layer bare."""
        return self.filled(layer=self.layer.bare())


@register_op
class WeightNorm(OfKernel):
    """A layer with kernel g v / |v|, length and direction apart (Salimans & Kingma, 2016).

    `kernel` is v, as the layer has it, and `magnitude` is g, one number for each place
    along the axis `dim`: |v| is the Euclidean norm over all other axes.  Before
    training g is |v|, so the layer starts as it would alone.  What penalizes the kernel
    penalizes v.  As `torch.nn.utils.parametrizations.weight_norm`.
    """

    label: ClassVar[str] = "weight_norm"
    spellings = {"axis": "dim", "module": "layer"}

    dim: Annotated[int, Field(ge=0)] | None = 0
    """The kernel's axis that has a length for each place, in torch's order: 0 is the
    output channels (of a transposed convolution the input channels), 1 the other
    channels, 2 and on the window.  Null: one length of the whole kernel."""

    samples = (
        Sample("dense", {"dense": 5}, (SampleInput((3,)),)),
        Sample(
            "dense, by input, activation, any length",
            {"layer": {"dense": {"units": 4, "activation": "tanh"}}, "dim": 1},
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "one length, an activation that is a layer",
            {
                "layer": {"dense": {"units": 4, "activation": {"leaky_relu": 0.25}}},
                "dim": None,
            },
            (SampleInput((3,)),),
        ),
        Sample(
            "grouped, by place in the window",
            {
                "layer": {
                    "conv1d": {
                        "filters": 6,
                        "kernel_size": 4,
                        "padding": 2,
                        "groups": 2,
                        "activation": "gelu",
                    }
                },
                "dim": 2,
            },
            (SampleInput((8, "time"), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "causal, strided",
            {
                "conv1d": {
                    "filters": 5,
                    "kernel_size": 3,
                    "padding": "causal",
                    "strides": 2,
                }
            },
            (SampleInput((7, 2)),),
        ),
        Sample(
            "same, no bias, frozen",
            {
                "conv2d": {
                    "filters": 5,
                    "kernel_size": (3, 2),
                    "padding": "same",
                    "strides": 2,
                    "use_bias": False,
                }
            },
            (SampleInput((7, 6, 3)),),
            trainable=False,
        ),
        Sample(
            "three axes, by the last",
            {"layer": {"conv3d": {"filters": 3, "kernel_size": 2}}, "dim": 4},
            (SampleInput((4, 3, 5, 2)),),
        ),
        Sample(
            "transposed, cut",
            {
                "conv2d_transpose": {
                    "filters": 4,
                    "kernel_size": 3,
                    "strides": 2,
                    "padding": "same",
                }
            },
            (SampleInput((5, 6, 3)),),
        ),
        Sample(
            "transposed, groups",
            {
                "layer": {
                    "conv1d_transpose": {"filters": 6, "kernel_size": 3, "groups": 2}
                },
                "dim": 1,
            },
            (SampleInput((4, 5), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "initializers and penalties",
            {
                "conv1d": {
                    "filters": 4,
                    "kernel_size": 2,
                    "kernel_initializer": "ones",
                    "bias_initializer": "ones",
                    "kernel_regularizer": "l2",
                    "kernel_constraint": "non_neg",
                    "bias_regularizer": "l1",
                }
            },
            (SampleInput((5, 3)),),
        ),
    )

    @model_validator(mode="after")
    def _has_axis(self) -> Self:
        if self.dim is not None and self.dim >= self.rank:
            message = (
                f"{self.label}: the kernel of {self.layer.label} has {self.rank} axes, "
                f"got dim {self.dim}"
            )
            raise CallError(Problem("bad-value", message, ("dim",)))
        return self

    @property
    def rank(self) -> int:
        """How many axes the kernel has."""
        return 2 if isinstance(self.layer, Dense) else self.layer.dims + 2

    @property
    def kernel_axis(self) -> int | None:
        """The kernel's axis `dim` where the layer has it: the window comes first."""
        if self.dim is None:
            return None
        return self.dim - 2 if self.dim > 1 else self.rank - 1 - self.dim

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """Those of the layer, and `magnitude`."""
        kernel, *rest = self.layer.params(inputs)
        axis = self.kernel_axis
        shape = () if axis is None else (kernel.shape[axis],)
        start = Lengths(weight=kernel.name, axis=axis)
        return kernel, *rest, Param("magnitude", shape, start)
