"""Weights that are values themselves."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema, model_validator

from specgraph.definition import CallError, Problem, show
from specgraph.ops.base import (
    Bound,
    Count,
    Op,
    Param,
    Port,
    Sample,
    TensorType,
    default,
    one_or_more,
    register_op,
)
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField

Shape = Annotated[
    tuple[Count, ...],
    BeforeValidator(one_or_more),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "array", "items": {"type": "integer", "minimum": 1}},
            ]
        }
    ),
]
"""A shape of fixed sizes, without the batch; a number alone is one axis."""


@register_op
class Parameter(Op):
    """A learned value [*shape], the same for every example of the batch."""

    label: ClassVar[str] = "parameter"
    leading: ClassVar[str | None] = "shape"
    ports: ClassVar[tuple[Port, ...]] = ()

    shape: Shape
    """The value's shape, without the batch."""
    initializer: InitializerField = default("zeros")
    regularizer: RegularizerField = None

    samples = (
        Sample("a vector", 5),
        Sample(
            "a token, penalty",
            {"shape": (1, 3), "initializer": "ones", "regularizer": "l2"},
        ),
    )

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`value` [*shape]."""
        value = Param(
            "value", self.shape, self.initializer, regularizer=self.regularizer
        )
        return (value,)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """[*shape], float32, without layout."""
        return {"output": TensorType(self.shape)}


MOST_NUMBERS = 2**16
"""Numbers of a constant: they stand in the code."""
DEEPEST = 8

Numbers = int | float | tuple["Numbers", ...]
"""A number, or equally long lists of such."""


def shape_of(numbers: Numbers) -> tuple[int, ...]:
    """How many numbers there are along each axis."""
    if not isinstance(numbers, tuple):
        return ()
    return (len(numbers), *shape_of(numbers[0]))


def _numbers(value: object) -> Any:
    found = _nested(value, DEEPEST)
    count = 1
    for size in shape_of(found):
        count *= size
    if count > MOST_NUMBERS:
        raise ValueError(f"{count:,} numbers, the limit is {MOST_NUMBERS:,}")
    return found


def _nested(value: object, depth: int) -> Numbers:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) < 1e38:
            raise ValueError(f"numbers lie within 1e38, got {show(value)}")
        return value
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"a number or lists of numbers are wanted, got {show(value)}")
    if not depth:
        raise ValueError(f"more than {DEEPEST} lists inside each other")
    items = tuple(_nested(item, depth - 1) for item in value)
    if len({shape_of(item) for item in items}) > 1:
        raise ValueError(f"lists side by side are equally long, got {show(value)}")
    return items


@register_op
class Constant(Op):
    """Fixed numbers, the same for every example; those of float32 are rounded to it."""

    label: ClassVar[str] = "constant"
    leading: ClassVar[str | None] = "value"
    ports: ClassVar[tuple[Port, ...]] = ()

    value: Annotated[
        Any,
        PlainValidator(_numbers),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "number"},
                    {
                        "type": "array",
                        "items": {"anyOf": [{"type": "number"}, {"type": "array"}]},
                    },
                ]
            }
        ),
    ]
    """A number, or nested lists of numbers: its shape, without the batch."""
    dtype: Literal["float32", "int32", "int64"] = "float32"
    """Of the numbers."""

    samples = (
        Sample("a number", 0.1),
        Sample("a vector", [0.5, -1, 2]),
        Sample("a matrix", {"value": [[1, 2, 3], [4.5, 5, 6]]}),
        Sample("ids", {"value": [3, 1], "dtype": "int32"}),
        Sample("long ids", {"value": [[2, 0, 1]], "dtype": "int64"}, (), "torch"),
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.dtype != "float32" and not _is_whole(self.value):
            message = f"constant: {self.dtype} holds whole numbers of 32 bits"
            raise CallError(Problem("bad-value", message, ("value",)))
        return self

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The shape of the lists, without layout."""
        return {"output": TensorType(shape_of(self.value), self.dtype)}


def _is_whole(numbers: Numbers) -> bool:
    if isinstance(numbers, tuple):
        return all(map(_is_whole, numbers))
    return isinstance(numbers, int) and -(2**31) <= numbers < 2**31
