"""The dense layer."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    ActivationField,
    Bound,
    Count,
    Op,
    Param,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    activated,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.kernel import KAIMING_UNIFORM
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField


@register_op
class Dense(Op):
    """The last axis, as the spec orders them, times a kernel [inputs, units]."""

    label: ClassVar[str] = "dense"
    leading: ClassVar[str | None] = "units"
    spellings = {
        "out_features": "units",
        "features": "units",
        "bias": "use_bias",
        "size": "units",
    }

    units: Count
    """The size of the output's last axis."""
    activation: ActivationField = None
    """What is applied to the result."""
    use_bias: bool = True
    """Whether a bias is added."""
    kernel_initializer: InitializerField = by_semantics(
        keras="glorot_uniform", torch=KAIMING_UNIFORM
    )
    bias_initializer: InitializerField = by_semantics(
        keras="zeros", torch="fan_in_uniform"
    )
    kernel_regularizer: RegularizerField = None
    bias_regularizer: RegularizerField = None
    kernel_constraint: ConstraintField = None
    bias_constraint: ConstraintField = None

    samples = (
        Sample("plain", 5, (SampleInput((7,)),)),
        Sample("softmax", {"units": 5, "activation": "softmax"}, (SampleInput((3,)),)),
        Sample(
            "no bias, any length",
            {"units": 4, "use_bias": False, "activation": {"leaky_relu": 0.2}},
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "initializers and penalties",
            {
                "units": 3,
                "kernel_initializer": "ones",
                "bias_initializer": "ones",
                "kernel_regularizer": "l2",
                "bias_regularizer": "l1",
            },
            (SampleInput((2, 4)),),
        ),
        Sample(
            "constraints: the norms of columns and of the bias",
            {
                "units": 3,
                "kernel_constraint": {"max_norm": 0.5},
                "bias_constraint": "unit_norm",
            },
            (SampleInput((4,)),),
        ),
        Sample(
            "constraints: the norms of rows, no negative bias",
            {
                "units": 5,
                "kernel_constraint": {
                    "min_max_norm": {
                        "min_value": 0.5,
                        "max_value": 1.5,
                        "rate": 0.75,
                        "axis": -1,
                    }
                },
                "bias_constraint": "non_neg",
            },
            (SampleInput((4,)),),
            "torch",
        ),
        Sample("torch", 5, (SampleInput((3,)),), "torch"),
        Sample("an image's channels", 5, (SampleInput((2, 4, 3)),)),
        Sample(
            "channels first: the width",
            5,
            (SampleInput((2, 4, 3), layout="channels_first"),),
            "torch",
        ),
    )

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`kernel`, and `bias` [units] if there is one."""
        fan = self.fixed(self._features(inputs), "input features")
        kernel = self.weight("kernel", (fan, self.units)).with_fan(fan)
        if not self.use_bias:
            return (kernel,)
        return kernel, self.weight("bias", (self.units,)).with_fan(fan)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's shape with `units` last."""
        self.fixed(self._features(inputs), "input features")
        shape = (*inputs.first.shape[:-1], self.units)
        output = replace(inputs.first, shape=shape)
        return {"output": activated(self.activation, output)}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One per kernel element and row."""
        return product(inputs.first.shape) * self.units

    def _features(self, inputs: Bound[TensorType]) -> Dim:
        if not inputs.first.shape:
            raise ShapeError("dense needs [..., features], got [], one number")
        return inputs.first.shape[-1]
