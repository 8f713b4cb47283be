"""Weights that are values themselves."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, WithJsonSchema

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
