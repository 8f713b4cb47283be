"""Normalization."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    Axes,
    Bound,
    Fraction,
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
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField


@register_op
class BatchNorm(Op):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, per channel.

    In training mean and (biased) variance are the batch's, and the moving ones become
    `momentum` * old + (1 - momentum) * new; otherwise they are the moving ones.
    Ioffe & Szegedy, 2015.
    """

    label: ClassVar[str] = "batch_norm"
    order: ClassVar[Order] = "spatial"
    spellings = {
        "eps": "epsilon",
        "decay": "momentum",
        "affine": "scale",
        "bias": "center",
    }

    axis: int | None = None
    """The axis that keeps its own statistics; left out, the channels."""
    momentum: Fraction = by_semantics(keras=0.99, torch=0.9)
    """The fraction of the moving statistics that is kept."""
    epsilon: float = by_semantics(keras=1e-3, torch=1e-5, ge=0)
    """Added to the variance."""
    center: bool = True
    """Whether `beta` is added."""
    scale: bool = True
    """Whether the result is multiplied by `gamma`."""
    beta_initializer: InitializerField = default("zeros")
    gamma_initializer: InitializerField = default("ones")
    moving_mean_initializer: InitializerField = default("zeros")
    moving_variance_initializer: InitializerField = default("ones")
    beta_regularizer: RegularizerField = None
    gamma_regularizer: RegularizerField = None
    beta_constraint: ConstraintField = None
    gamma_constraint: ConstraintField = None
    running_variance: Literal["biased", "unbiased"] = by_semantics(
        keras="biased", torch="unbiased"
    )
    """Whether the moving variance collects sums over n, or over n - 1."""

    samples = (
        Sample("features", None, (SampleInput((5,)),)),
        Sample("image", {"momentum": 0.8}, (SampleInput((4, 3, 5)),)),
        Sample(
            "bare, unbiased",
            {
                "center": False,
                "scale": False,
                "epsilon": 0.01,
                "running_variance": "unbiased",
            },
            (SampleInput((4, 3, 2)),),
        ),
        Sample(
            "channels first",
            None,
            (SampleInput((5, 4, 3), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "channels first, biased, any length",
            {"running_variance": "biased"},
            (SampleInput((4, "time"), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "another axis",
            {
                "axis": 1,
                "beta_initializer": "ones",
                "gamma_initializer": "ones",
                "moving_mean_initializer": "zeros",
                "moving_variance_initializer": "ones",
                "beta_regularizer": "l1",
                "gamma_regularizer": "l2",
                "beta_constraint": "non_neg",
                "gamma_constraint": {"max_norm": 0.5},
            },
            (SampleInput((4, 3)),),
        ),
        Sample("scaled alone", {"center": False}, (SampleInput((3, 5)),), "torch"),
        Sample("shifted alone", {"scale": False}, (SampleInput((3, 5)),)),
        Sample("frozen", None, (SampleInput((3, 4, 5)),), trainable=False),
    )

    def axis_of(self, kind: TensorType) -> int:
        """The axis that keeps its own statistics, counted from 0; raises ShapeError."""
        if not kind.shape:
            raise ShapeError("batch_norm needs [..., channels], got [], one number")
        return kind.channel_axis if self.axis is None else kind.axis(self.axis)

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The axis is filled in."""
        if self.axis is not None:
            return self
        kind = inputs.first
        first = kind.layout == "channels_first"
        return self.filled(axis=self.axis_of(kind) if first else -1)

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`gamma`, `beta`, and the buffers `moving_mean`, `moving_variance`."""
        kind = inputs.first
        shape = (self.fixed(kind.shape[self.axis_of(kind) - 1], "channels"),)
        found = []
        if self.scale:
            found.append(self.weight("gamma", shape))
        if self.center:
            found.append(self.weight("beta", shape))
        mean, variance = self.moving_mean_initializer, self.moving_variance_initializer
        found.append(Param("moving_mean", shape, mean, trainable=False))
        found.append(Param("moving_variance", shape, variance, trainable=False))
        return tuple(found)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        self.params(inputs)
        return {"output": inputs.first}


@register_op
class LayerNorm(Op):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, per example.

    Mean and (biased) variance are over `axis`, whose shape `gamma` and `beta` have.
    Ba et al., 2016.
    """

    label: ClassVar[str] = "layer_norm"
    spellings = {
        "eps": "epsilon",
        "normalized_shape": "axis",
        "elementwise_affine": "scale",
        "bias": "center",
    }

    axis: Axes = -1
    """The axis, or the axes, that are normalized together."""
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

    samples = (
        Sample("features", None, (SampleInput((5,)),)),
        Sample("any length", None, (SampleInput(("time", 4)),), "torch"),
        Sample("whole image", {"axis": (1, 2, 3)}, (SampleInput((4, 3, 2)),)),
        Sample(
            "bare",
            {"epsilon": 0.01, "center": False, "scale": False},
            (SampleInput((4, 3)),),
        ),
        Sample(
            "an inner axis, channels first",
            {
                "axis": 1,
                "beta_initializer": "ones",
                "gamma_initializer": "ones",
                "beta_regularizer": "l1",
                "gamma_regularizer": "l2",
                "beta_constraint": "non_neg",
                "gamma_constraint": {"max_norm": 0.5},
            },
            (SampleInput((5, 4, 3), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "channels and width, channels first",
            {
                "axis": (1, 3),
                "beta_constraint": {"max_norm": {"max_value": 0.5, "axis": 1}},
                "gamma_constraint": {"unit_norm": 0},
            },
            (SampleInput((5, 4, 3), layout="channels_first"),),
            "torch",
        ),
        Sample(
            "whole image, channels first, initializers",
            {
                "axis": (1, 2, 3),
                "beta_initializer": {"truncated_normal": {"stddev": 0}},
                "gamma_initializer": "lecun_uniform",
            },
            (SampleInput((5, 4, 3), layout="channels_first"),),
            "torch",
        ),
        Sample("two axes, counted back", {"axis": (-1, -3)}, (SampleInput((4, 3, 2)),)),
        Sample("scaled alone", {"center": False}, (SampleInput((5,)),)),
        Sample("shifted alone", {"scale": False}, (SampleInput((5,)),), "torch"),
        Sample(
            "bare, over any length",
            {"axis": 1, "center": False, "scale": False},
            (SampleInput(("time", 3)),),
        ),
    )

    def axes_of(self, kind: TensorType) -> tuple[int, ...]:
        """The axes, counted from 0, in rising order; raises ShapeError."""
        return kind.axes(self.axis)

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`gamma` and `beta`, of the shape of the axes in rising order."""
        if not self.scale and not self.center:
            return ()
        kind = inputs.first
        shape = tuple(
            self.fixed(kind.shape[axis - 1], "normalized features")
            for axis in self.axes_of(kind)
        )
        found = []
        if self.scale:
            found.append(self.weight("gamma", shape))
        if self.center:
            found.append(self.weight("beta", shape))
        return tuple(found)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        self.axes_of(inputs.first)
        self.params(inputs)
        return {"output": inputs.first}
