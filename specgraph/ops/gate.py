"""Gates and learned slopes: what acts like an activation, and cannot stand as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    Bound,
    Op,
    Order,
    Param,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    listed,
    register_op,
)
from specgraph.ops.proofs import divides
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField


@register_op
class Glu(Op):
    """The first half along an axis times the sigmoid of the second.

    Dauphin et al., 2017.  It halves its axis, so it cannot be another op's `activation`.
    """

    label: ClassVar[str] = "glu"
    order: ClassVar[Order] = "axes"
    spellings = {"dim": "axis"}

    axis: int | None = None
    """The axis that is halved; left out, the channels."""

    samples = (
        Sample("features", None, (SampleInput((6,)),)),
        Sample("any length", None, (SampleInput(("time", 4)),), "torch"),
        Sample("channels first", None, (SampleInput((4, 3), layout="channels_first"),)),
        Sample("axis", {"axis": 1}, (SampleInput((4, 3, 5)),)),
    )

    def axis_of(self, kind: TensorType) -> int:
        """The axis that is halved, counted from 0; raises ShapeError."""
        if not kind.shape:
            raise ShapeError("glu needs [..., channels], got [], one number an example")
        return kind.channel_axis if self.axis is None else kind.axis(self.axis)

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The axis is filled in."""
        if self.axis is not None:
            return self
        first = inputs.first.layout == "channels_first"
        return self.filled(axis=self.axis_of(inputs.first) if first else -1)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type, one axis half as long."""
        kind = inputs.first
        place = self.axis_of(kind) - 1
        size = kind.shape[place]
        if not divides(2, size, inputs.sizes):
            raise ShapeError(
                f"glu halves axis {place + 1} of {kind}, and {size} is not even",
                "the layer before it needs twice the features",
            )
        shape = (*kind.shape[:place], size // 2, *kind.shape[place + 1 :])
        return {"output": replace(kind, shape=shape)}


SharedAxes = Annotated[Literal["all"] | int | tuple[int, ...], BeforeValidator(listed)]


_BY_OUTPUTS = {"variance_scaling": {"mode": "fan_out", "distribution": "uniform"}}


@register_op
class PRelu(Op):
    """x above 0, alpha * x below, alpha learned (He et al., 2015)."""

    label: ClassVar[str] = "prelu"
    order: ClassVar[Order] = "axes"

    alpha_initializer: InitializerField = by_semantics(
        keras="zeros", torch={"constant": 0.25}
    )
    alpha_regularizer: RegularizerField = None
    alpha_constraint: ConstraintField = None
    shared_axes: SharedAxes = by_semantics(keras=(), torch="all")
    """The axes along which alpha is the same: a list, possibly empty, or `all`."""

    samples = (
        Sample("features", None, (SampleInput((5,)),)),
        Sample("one for all", None, (SampleInput(("time", 3)),), "torch"),
        Sample("one for numbers", {"shared_axes": "all"}, (SampleInput(()),)),
        Sample(
            "one a channel",
            {"shared_axes": (1, 2), "alpha_initializer": "ones"},
            (SampleInput((4, 3, 5)),),
        ),
        Sample(
            "one a channel, channels first",
            {
                "shared_axes": (2, -1),
                "alpha_regularizer": "l2",
                "alpha_constraint": {"max_norm": {"max_value": 0.5, "axis": 1}},
            },
            (SampleInput((4, 3, 5), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "one an element, channels first",
            {
                "shared_axes": (),
                "alpha_initializer": _BY_OUTPUTS,
                "alpha_constraint": {"unit_norm": 1},
            },
            (SampleInput((4, 3, 5), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "one a feature, any length", {"shared_axes": 1}, (SampleInput(("time", 3)),)
        ),
        Sample("one a row", {"shared_axes": (-1,)}, (SampleInput((4, 3, 2)),)),
        Sample("frozen", None, (SampleInput((3,)),), "torch", trainable=False),
    )

    def shared(self, kind: TensorType) -> tuple[int, ...]:
        """The axes along which alpha is the same, from 0, rising; raises ShapeError."""
        if self.shared_axes == "all":
            return tuple(range(1, kind.rank))
        return kind.axes(self.shared_axes) if self.shared_axes != () else ()

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The shared axes are listed."""
        return self.filled(shared_axes=self.shared(inputs.first))

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`alpha`, of the input's shape with shared axes of size 1."""
        kind = inputs.first
        shared = self.shared(kind)
        shape = tuple(
            1 if axis in shared else self.fixed(size, f"elements along axis {axis}")
            for axis, size in enumerate(kind.shape, start=1)
        )
        return (self.weight("alpha", shape),)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        self.params(inputs)
        return {"output": inputs.first}
