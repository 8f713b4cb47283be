"""An op applied to every step by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from specgraph.definition import CallError, Problem
from specgraph.ops.base import (
    ANY_DTYPE,
    FLOATS,
    INPUT,
    Activation,
    Bound,
    Op,
    Order,
    Param,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.inner import inner_op, is_call

APART = {
    "batch_norm": "its statistics would be those of one step",
    "activity_regularization": "it adds to the loss what passes it, step or no step",
    "time_distributed": "a step of a step is one of a reshaped input",
}
"""Ops of one input that act on more than one step by itself, and how."""


def takes_steps(op: type[Op]) -> bool:
    """Whether an op acts on one value alone, always in the same way."""
    several = len(op.ports) != 1 or op.ports[0].most != 1
    return not several and not op.random and op.label not in APART


def _step(value: object, info: ValidationInfo) -> Op:
    found = inner_op(value, info)
    if takes_steps(type(found)):
        return found
    reason = "it takes more than one value, or none"
    if found.random:
        reason = "frameworks draw anew for each step, or once for all"
    message = f"{found.label} has no steps: {APART.get(found.label, reason)}"
    raise CallError(Problem("bad-value", message))


StepField = Annotated[
    Op, PlainValidator(_step), WithJsonSchema({"$ref": "#/$defs/step"})
]
"""An op that acts on one value, by its call."""

_FRAMES = SampleInput((2, 5, 6, 3))
_ANY_TIME = SampleInput(("time", 5, 6, 3))


@register_op
class TimeDistributed(Op):
    """One layer for every step along the first written axis, each step by itself.

    A step is the value without that axis, with the value's layout; the layer's weights
    bear its own names.  As `keras.layers.TimeDistributed`.
    """

    label: ClassVar[str] = "time_distributed"
    leading: ClassVar[str | None] = "layer"
    held: ClassVar[str | None] = "layer"
    order: ClassVar[Order] = "steps"
    ports: ClassVar[tuple[Port, ...]] = (Port(INPUT.name, dtypes=ANY_DTYPE),)

    layer: StepField
    """The layer that a step goes through."""

    samples = (
        Sample("dense, any length", {"dense": 4}, (SampleInput(("time", 3)),)),
        Sample(
            "dense over images, softmax",
            {"dense": {"units": 4, "activation": "softmax"}},
            (SampleInput((2, 5, 3)),),
        ),
        Sample(
            "convolution, any length",
            {"conv2d": {"filters": 4, "kernel_size": 3, "activation": "relu"}},
            (_ANY_TIME,),
        ),
        Sample(
            "padded convolution, an activation that is a layer",
            {
                "conv2d": {
                    "filters": 4,
                    "kernel_size": 3,
                    "padding": 1,
                    "strides": 2,
                    "activation": {"leaky_relu": 0.25},
                }
            },
            (_FRAMES,),
        ),
        Sample(
            "channels first",
            {
                "conv2d": {
                    "filters": 5,
                    "kernel_size": 2,
                    "kernel_regularizer": "l2",
                    "kernel_constraint": {"max_norm": {"max_value": 0.5, "axis": 2}},
                }
            },
            (SampleInput((2, 3, 4, 6), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "channels first, pool",
            {"max_pool2d": 2},
            (SampleInput((2, 3, 4, 6), layout="channels_first"),),
            "torch",
        ),
        Sample("pool", {"average_pool2d": {"pool_size": 2}}, (_FRAMES,)),
        Sample("global pool", "global_average_pool2d", (_FRAMES,)),
        Sample("flatten", "flatten", (_FRAMES,)),
        Sample("norm", "layer_norm", (SampleInput((2, 5, 3)),)),
        Sample("norm over channels", {"group_norm": 2}, (SampleInput((3, 5, 7, 4)),)),
        Sample(
            "embedding",
            {"embedding": {"input_dim": 7, "output_dim": 3}},
            (SampleInput((4, 5), "int32"),),
        ),
        Sample("a function", "abs", (SampleInput((2, 5, 3)),), "torch"),
        Sample("an activation of ours", {"squareplus": {"b": 3}}, (_FRAMES,)),
        Sample("a pool of ours", {"adaptive_max_pool2d": 2}, (_FRAMES,), "torch"),
        Sample("activation over an axis", {"softmax": 1}, (SampleInput((2, 5, 3)),)),
        Sample(
            "weight norm, frozen",
            {"weight_norm": {"dense": 4}},
            (SampleInput((2, 3)),),
            trainable=False,
        ),
    )

    @classmethod
    def leading_takes(cls, argument: Mapping[str, object]) -> bool:
        """Whether the mapping is the call of the layer."""
        return is_call(argument, cls.model_fields)

    def step(self, found: TensorType) -> TensorType:
        """The type of one step of a value; raises ShapeError."""
        if len(found.shape) < 2:
            raise ShapeError(
                f"{self.label} needs [time, ...] (2 written dimensions or more), "
                f"got {found}"
            )
        return TensorType(found.shape[1:], found.dtype, found.layout)

    def steps(self, inputs: Bound[TensorType]) -> Bound[TensorType]:
        """What the layer takes, under the name that it has there."""
        first = self.step(inputs.first)
        return Bound({self.layer.ports[0].name: (first,)}, inputs.sizes)

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The layer resolved."""
        return self.filled(layer=self.layer.resolve(self.steps(inputs)))

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """Those of the layer."""
        found = self.layer.params(self.steps(inputs))
        if not all(param.trainable for param in found):
            raise ShapeError(f"{self.label}: {self.layer.label} keeps what steps gave")
        return found

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """[time, ...] with what the layer gives of a step."""
        steps = self.steps(inputs)
        wanted = self.layer.ports[0].dtypes
        if steps.first.dtype not in wanted:
            raise ShapeError(
                f"{self.layer.label} takes {', '.join(sorted(wanted))}, "
                f"got {steps.first.dtype}"
            )
        made = self.layer.infer(steps)
        if list(made) != ["output"] or made["output"].dtype not in FLOATS:
            raise ShapeError(f"{self.label} needs a layer with one output of floats")
        one = made["output"]
        shape = (inputs.first.shape[0], *one.shape)
        return {"output": TensorType(shape, one.dtype, one.layout)}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """Those of the layer, for every step."""
        each = self.layer.multiply_adds(self.steps(inputs))
        return product((inputs.first.shape[0], each))

    @property
    def last(self) -> Activation | None:
        """The layer's activation, where it acts on a step as on all of them."""
        found = self.layer.last
        axis = getattr(found, "axis", -1)
        return found if axis == -1 else None

    def bare(self) -> Self:
        """With the layer bare."""
        return self.filled(layer=self.layer.bare())
