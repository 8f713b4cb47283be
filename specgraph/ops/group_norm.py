"""Normalization over groups of channels."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    Bound,
    Count,
    Op,
    Order,
    Param,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField


def _groups(count: int) -> int:
    if count < 1 and count != -1:
        raise ValueError(f"a number of groups, or -1 for one a channel, got {count}")
    return count


class Grouped(Op):
    """A norm of each example's channels, some together."""

    order: ClassVar[Order] = "spatial"
    spellings = {
        "eps": "epsilon",
        "num_groups": "groups",
        "affine": "scale",
        "bias": "center",
    }

    axis: int | None = None
    """The axis of the channels; left out, the value's own."""
    epsilon: float = by_semantics(keras=1e-3, torch=1e-5, ge=0)
    """Added to the variance."""
    center: bool = True
    """Whether `beta` is added."""
    scale: bool = True
    """Whether the result is multiplied by `gamma`."""
    beta_initializer: InitializerField = default("zeros")
    gamma_initializer: InitializerField = default("ones")
    beta_regularizer: RegularizerField = None
    gamma_regularizer: RegularizerField = None
    beta_constraint: ConstraintField = None
    gamma_constraint: ConstraintField = None

    def axis_of(self, kind: TensorType) -> int:
        """The axis of the channels, counted from 0; raises ShapeError."""
        if not kind.shape:
            raise ShapeError(f"{self.label} needs [..., channels], got [], one number")
        return kind.channel_axis if self.axis is None else kind.axis(self.axis)

    def count(self, channels: int) -> int:
        """The number of groups; raises ShapeError."""
        raise NotImplementedError

    def channels(self, kind: TensorType) -> int:
        """The size of the axis of the channels; raises ShapeError."""
        return self.fixed(kind.shape[self.axis_of(kind) - 1], "channels")

    def group_size(self, kind: TensorType) -> Dim:
        """How many numbers are normalized together; raises ShapeError."""
        axis = self.axis_of(kind) - 1
        channels = self.channels(kind)
        others = kind.shape[:axis] + kind.shape[axis + 1 :]
        return product(others) * (channels // self.count(channels))

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The axis is filled in."""
        if self.axis is not None:
            return self
        kind = inputs.first
        first = kind.layout == "channels_first"
        return self.filled(axis=self.axis_of(kind) if first else -1)

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`gamma` and `beta`, one number a channel."""
        shape = (self.channels(inputs.first),)
        found = []
        if self.scale:
            found.append(self.weight("gamma", shape))
        if self.center:
            found.append(self.weight("beta", shape))
        return tuple(found)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        kind = inputs.first
        if self.group_size(kind) == 1:
            raise ShapeError(
                f"{self.label} would normalize each number of {kind} by itself",
                "a group needs two numbers at least",
            )
        return {"output": kind}


_ALL = {
    "epsilon": 0.01,
    "beta_initializer": "ones",
    "gamma_initializer": "ones",
    "beta_regularizer": "l1",
    "gamma_regularizer": "l2",
    "beta_constraint": "non_neg",
    "gamma_constraint": {"max_norm": 0.5},
}
_FIRST = SampleInput((6, 4, 3), layout="channels_first")


@register_op
class GroupNorm(Grouped):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, per example and group.

    A group is some channels that lie together, with all that they hold elsewhere.
    Wu & He, 2018.
    """

    label: ClassVar[str] = "group_norm"
    leading: ClassVar[str | None] = "groups"

    groups: Annotated[int, AfterValidator(_groups)] = 32
    """The number of groups, which divides the channels; -1 is a group a channel."""

    samples = (
        Sample("features", 2, (SampleInput((6,)),)),
        Sample("image", 3, (SampleInput((4, 5, 6)),)),
        Sample("channels first", 3, (_FIRST,), "torch"),
        Sample("a group a channel", -1, (SampleInput((4, 3)),), "torch"),
        Sample("any length", 2, (SampleInput(("time", 4)),), "torch"),
        Sample(
            "another axis", {"groups": 2, "axis": 1, **_ALL}, (SampleInput((4, 3, 5)),)
        ),
        Sample(
            "bare",
            {"groups": 1, "center": False, "scale": False},
            (SampleInput((4, 3)),),
        ),
        Sample("scaled alone", {"groups": 2, "center": False}, (_FIRST,), "torch"),
        Sample("shifted alone", {"groups": 2, "scale": False}, (SampleInput((3, 4)),)),
        Sample("frozen", 2, (SampleInput((3, 4)),), trainable=False),
    )

    def count(self, channels: int) -> int:
        """The number of groups; raises ShapeError."""
        groups = channels if self.groups == -1 else self.groups
        if channels % groups:
            raise ShapeError(
                f"group_norm: {groups} groups do not divide {channels} channels"
            )
        return groups


@register_op
class InstanceNorm(Grouped):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, per example and channel.

    Ulyanov et al., 2016.  Keras's `GroupNormalization(groups=-1)`.
    """

    label: ClassVar[str] = "instance_norm"

    center: bool = by_semantics(keras=True, torch=False)
    """Whether `beta` is added."""
    scale: bool = by_semantics(keras=True, torch=False)
    """Whether the result is multiplied by `gamma`."""

    samples = (
        Sample("image", None, (SampleInput((4, 5, 3)),)),
        Sample("channels first", None, (_FIRST,), "torch"),
        Sample("any length", None, (SampleInput(("time", 4)),)),
        Sample("volume", None, (SampleInput((2, 4, 5, 3)),)),
        Sample("another axis", {"axis": 1, **_ALL}, (SampleInput((4, 3, 5)),)),
        Sample("scaled alone", {"center": False, "scale": True}, (_FIRST,), "torch"),
        Sample("shifted alone", {"scale": False}, (SampleInput((7, 4)),)),
        Sample("of five axes", None, (SampleInput((2, 3, 5, 1, 4)),)),
    )

    def count(self, channels: int) -> int:
        """As many groups as channels."""
        return channels


@register_op
class LocalResponseNorm(Op):
    """x / (k + alpha * mean of x^2)^beta, the mean over neighbouring channels.

    Beyond the first and the last channel the neighbours are 0.  Krizhevsky et al.,
    2012, with PyTorch's mean in place of the sum.
    """

    label: ClassVar[str] = "local_response_norm"
    leading: ClassVar[str | None] = "size"
    order: ClassVar[Order] = "spatial"
    spellings = {"depth_radius": "size", "bias": "k"}

    size: Count
    """How many channels are neighbours: half of them before, the channel among them."""
    alpha: float = Field(default=1e-4, ge=0)
    """What multiplies the mean."""
    beta: float = 0.75
    """The exponent."""
    k: float = Field(default=1.0, gt=0)
    """What is added to the mean."""

    samples = (
        Sample("image", {"size": 3, "alpha": 0.5}, (SampleInput((3, 4, 5)),)),
        Sample(
            "channels first, an even number",
            {"size": 4, "alpha": 1.0, "beta": 0.5, "k": 2.0},
            (_FIRST,),
            "torch",
        ),
        Sample("any length", {"size": 2, "alpha": 2}, (SampleInput(("time", 4)),)),
        Sample(
            "more than there are", {"size": 7, "alpha": 0.5}, (SampleInput((4, 3)),)
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        if inputs.first.rank < 3:
            raise ShapeError(
                f"local_response_norm needs [..., channels] of two axes at least, "
                f"got {inputs.first}"
            )
        return {"output": inputs.first}
