"""What is added to the scores of attention by how far apart query and key are."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from specgraph.definition import CallError, Problem, by_semantics
from specgraph.ops.base import (
    Bound,
    Count,
    Op,
    Param,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    listed,
    register_op,
)
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField

Window = Annotated[
    tuple[Count, Count],
    BeforeValidator(
        lambda value: (value, value) if type(value) is int else listed(value)
    ),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 1},
                    "minItems": 2,
                    "maxItems": 2,
                },
            ]
        }
    ),
]
"""Height and width; an integer alone is both."""


class ScoreBias(Op):
    """An op on scores [heads, query, key] that gives their type."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        kind = inputs.first
        if len(kind.shape) != 3:
            raise ShapeError(
                f"{self.label} needs scores [heads, query, key] (3 written "
                f"dimensions), got {kind}"
            )
        self.fixed(kind.shape[0], "heads")
        return {"output": kind}


_SCORES = SampleInput((2, "queries", "keys"), layout="none")


@register_op
class RelativePositionBias(ScoreBias):
    """Adds to scores a learned number for each head and bucket of distances.

    As in T5 (Raffel et al., 2020): the distances key - query below half of the buckets
    have one each, those up to `max_distance` share the rest by their logarithm, and all
    beyond have the last; `bidirectional`, keys before and after a query have half of
    the buckets each, else those after count as at 0.
    With `window`, as in Swin (Liu et al., 2021): queries and keys are the cells of a
    window, row by row, and each offset of rows and of columns has its own.
    """

    label: ClassVar[str] = "relative_position_bias"
    spellings = {
        "relative_attention_num_buckets": "num_buckets",
        "relative_attention_max_distance": "max_distance",
        "window_size": "window",
    }

    num_buckets: Count = 32
    """The number of buckets."""
    max_distance: Count = 128
    """The distance from which on all share a bucket."""
    bidirectional: bool = True
    """Whether keys after a query have buckets of their own."""
    window: Window | None = None
    """Height and width of the window whose cells attend, instead of buckets."""
    embeddings_initializer: InitializerField = by_semantics(
        keras={"random_uniform": {"minval": -0.05, "maxval": 0.05}},
        torch={"random_normal": {"mean": 0.0, "stddev": 1.0}},
    )
    embeddings_regularizer: RegularizerField = None

    samples = (
        Sample("any length", {"num_buckets": 8, "max_distance": 6}, (_SCORES,)),
        Sample(
            "backwards alone",
            {"num_buckets": 5, "max_distance": 7, "bidirectional": False},
            (SampleInput((2, 11, 9), layout="none"),),
            "torch",
        ),
        Sample(
            "fixed queries, any number of keys",
            {"num_buckets": 8, "max_distance": 6},
            (SampleInput((2, 4, "keys"), layout="none"),),
        ),
        Sample(
            "window, initializer and penalty",
            {
                "window": (2, 3),
                "embeddings_initializer": "ones",
                "embeddings_regularizer": "l2",
            },
            (SampleInput((4, 6, 6), layout="none"),),
        ),
        Sample(
            "square window", {"window": 3}, (SampleInput((2, 9, 9), layout="none"),)
        ),
    )

    @model_validator(mode="after")
    def _spaced(self) -> Self:
        _, exact = self.spread
        if self.window is not None or 0 < exact < self.max_distance:
            return self
        name = "max_distance" if exact else "num_buckets"
        message = (
            f"max_distance {self.max_distance} must lie above {exact}, the distances "
            f"with a bucket each"
            if exact
            else f"{self.num_buckets} num_buckets are too few"
        )
        raise CallError(Problem("bad-value", message, (name,)))

    @property
    def spread(self) -> tuple[int, int]:
        """The buckets of one side of a query, and how many of them are one distance."""
        side = self.num_buckets // 2 if self.bidirectional else self.num_buckets
        return side, side // 2

    def bucket(self, distance: int) -> int:
        """The bucket of a distance, on one side of a query."""
        side, exact = self.spread
        if distance < exact:
            return distance
        ratio = math.log(distance / exact) / math.log(self.max_distance / exact)
        return min(exact + int(ratio * (side - exact)), side - 1)

    @property
    def rows(self) -> int:
        """The rows of the table."""
        if self.window is None:
            return self.num_buckets
        height, width = self.window
        return (2 * height - 1) * (2 * width - 1)

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`embeddings` [buckets or offsets, heads]."""
        table = Param(
            "embeddings",
            (self.rows, self.fixed(inputs.first.shape[0], "heads")),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
        )
        return (table.with_fan(self.rows),)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        found = super().infer(inputs)
        if self.window is not None:
            cells = self.window[0] * self.window[1]
            if inputs.first.shape[1:] != (cells, cells):
                raise ShapeError(
                    f"relative_position_bias in a window of {self.window[0]} by "
                    f"{self.window[1]} needs scores [heads, {cells}, {cells}], got "
                    f"{inputs.first}"
                )
        return found


@register_op
class Alibi(ScoreBias):
    """Adds -slope |key - query| to scores; each head has its slope.

    With n heads, n a power of two, they are 2^(-max_bias i / n), i = 1, …, n; else
    those of the next power below, then every other of the next above.
    Press et al., 2022.
    """

    label: ClassVar[str] = "alibi"
    spellings = {"alibi_bias_max": "max_bias"}

    max_bias: Annotated[float, Field(gt=0)] = 8.0
    """The exponent of the last slope."""

    samples = (
        Sample("any length", None, (_SCORES,)),
        Sample(
            "fixed keys, any number of queries",
            None,
            (SampleInput((2, "queries", 4), layout="none"),),
        ),
        Sample(
            "heads that are no power of two",
            {"max_bias": 4},
            (SampleInput((6, 5, 7), layout="none"),),
            "torch",
        ),
    )

    def slopes(self, heads: int) -> list[float]:
        """One a head."""
        whole = 1 << (heads - 1).bit_length()
        found = [2 ** (-self.max_bias * i / whole) for i in range(1, whole + 1)]
        return found if whole == heads else [*found[1::2], *found[::2]][:heads]
