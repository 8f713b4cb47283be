"""Positions: what is added to features, or done to them, by their place in time."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    Bound,
    Count,
    Op,
    Param,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    register_op,
)
from specgraph.ops.proofs import proves_at_least
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField

Base = Annotated[float, Field(gt=1)]
"""The longest wavelength, in turns of 2 pi."""


class Positional(Op):
    """An op on [..., time, features] that gives its input's type."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        kind = inputs.first
        if len(kind.shape) < 2:
            raise ShapeError(f"{self.label} needs [..., time, features], got {kind}")
        self.check(kind, self.fixed(kind.shape[-1], "features"), inputs)
        return {"output": kind}

    def check(self, kind: TensorType, features: int, inputs: Bound[TensorType]) -> None:
        """Raises ShapeError for an input that the op cannot take."""


@register_op
class PositionEmbedding(Positional):
    """Adds row t of a learned table [max_length, features] to the features at time t."""

    label: ClassVar[str] = "position_embedding"
    leading: ClassVar[str | None] = "max_length"
    spellings = {
        "sequence_length": "max_length",
        "input_dim": "max_length",
        "length": "max_length",
        "max_len": "max_length",
        "initializer": "embeddings_initializer",
    }

    max_length: Count
    """The number of rows: the longest time there may be."""
    embeddings_initializer: InitializerField = by_semantics(
        keras={"random_uniform": {"minval": -0.05, "maxval": 0.05}},
        torch={"random_normal": {"mean": 0.0, "stddev": 1.0}},
    )
    embeddings_regularizer: RegularizerField = None

    samples = (
        Sample("any length", 16, (SampleInput(("time", 3)),)),
        Sample("torch", 5, (SampleInput((5, 4)),), "torch"),
        Sample(
            "a learned table that starts as waves",
            {
                "max_length": 12,
                "embeddings_initializer": {
                    "sinusoidal": {"interleaved": False, "start": 1}
                },
            },
            (SampleInput((7, 4)),),
        ),
        Sample(
            "initializer and penalty, by heads",
            {
                "max_length": 7,
                "embeddings_initializer": "ones",
                "embeddings_regularizer": "l2",
            },
            (SampleInput((2, 5, 3), layout="none"),),
        ),
    )

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`embeddings` [max_length, features]."""
        features = self.fixed(inputs.first.shape[-1], "features")
        table = Param(
            "embeddings",
            (self.max_length, features),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
        )
        return (table.with_fan(self.max_length),)

    def check(self, kind: TensorType, features: int, inputs: Bound[TensorType]) -> None:
        """There may be a row for every time."""
        time = kind.shape[-2]
        if proves_at_least(self.max_length - time, 0, inputs.sizes):
            return
        # A table of one row would be added to every time without a word.
        too_long = proves_at_least(time, self.max_length + 1, inputs.sizes)
        if too_long or self.max_length == 1:
            hint = f"`dims: {{{time}: {{max: {self.max_length}}}}}` bounds it"
            raise ShapeError(
                f"position_embedding has {self.max_length} positions, "
                f"the time of {kind} is longer",
                "" if isinstance(time, int) else hint,
            )


@register_op
class SinusoidalPosition(Positional):
    """Adds sines and cosines of the position p = start + step t.

    Feature pairs have the waves sin and cos of p / base^(2 i / features), i = 0, 1, …:
    next to each other if `interleaved`, else all sines before all cosines.
    Vaswani et al., 2017.
    """

    label: ClassVar[str] = "sinusoidal_position"
    spellings = {"max_wavelength": "base", "temperature": "base", "offset": "start"}

    base: Base = 10000.0
    """The longest wavelength, in turns of 2 pi."""
    interleaved: bool = True
    """Whether sines and cosines alternate."""
    start: float = 0.0
    """The position of the first features."""
    step: float = 1.0
    """How far positions lie apart."""

    samples = (
        Sample("any length", None, (SampleInput(("time", 6)),)),
        Sample("odd features", {"base": 100}, (SampleInput((4, 5)),), "torch"),
        Sample(
            "halves, other positions",
            {"interleaved": False, "start": 2, "step": 0.5, "base": 50},
            (SampleInput(("time", 4)),),
        ),
    )

    def check(self, kind: TensorType, features: int, inputs: Bound[TensorType]) -> None:
        """Halves are of one size."""
        if not self.interleaved and features % 2:
            raise ShapeError(
                f"sinusoidal_position in halves needs an even number of features, "
                f"got {kind}"
            )


@register_op
class RotaryEmbedding(Positional):
    """Turns pairs of features (a, b) by the angle p / base^(2 i / dims).

    p = start + step t; pair i is features (2 i, 2 i + 1) if `interleaved`, else
    (i, i + dims / 2).  a cos - b sin, a sin + b cos.  Su et al., 2021.
    """

    label: ClassVar[str] = "rotary_embedding"
    spellings = {
        "max_wavelength": "base",
        "theta": "base",
        "rotary_dim": "dims",
        "dim": "dims",
        "rotary_ndims": "dims",
        "start_index": "start",
    }

    base: Base = 10000.0
    """The longest wavelength, in turns of 2 pi."""
    interleaved: bool = False
    """Whether the features of a pair are neighbours, or lie half of `dims` apart."""
    dims: Count | None = None
    """How many of the first features are turned; left out, all."""
    start: float = 0.0
    """The position of the first features."""
    step: float = 1.0
    """How far positions lie apart."""

    samples = (
        Sample("any length", None, (SampleInput(("time", 6)),)),
        Sample(
            "neighbours, by heads",
            {"interleaved": True, "base": 50},
            (SampleInput((2, 5, 4), layout="none"),),
            "torch",
        ),
        Sample(
            "some features, other positions",
            {"dims": 4, "start": 3, "step": 0.25},
            (SampleInput((2, "time", 7), layout="none"),),
        ),
        Sample(
            "some neighbours", {"dims": 2, "interleaved": True}, (SampleInput((4, 5)),)
        ),
    )

    def turned(self, kind: TensorType) -> int:
        """How many features are turned."""
        return self.dims or self.fixed(kind.shape[-1], "features")

    def check(self, kind: TensorType, features: int, inputs: Bound[TensorType]) -> None:
        """Pairs of features that there are."""
        turned = self.turned(kind)
        if turned % 2 or turned > features:
            raise ShapeError(
                f"rotary_embedding turns pairs of features, {turned} of {features} "
                f"in {kind} are none",
                f"write `dims`, an even number of at most {features}",
            )
