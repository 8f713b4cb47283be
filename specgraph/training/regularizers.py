"""Penalties on a weight, added to the loss: l1, l2 and both.

The sum over the weight is not divided by the batch or by the weight's size, and l2 has
no factor 1/2 (keras/src/regularizers/regularizers.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema

from specgraph.definition import Definition, Family, semantics_of


class Regularizer(Definition):
    """A penalty that one weight adds to the loss."""

    def factors(self) -> tuple[float, float]:
        """What multiplies sum(|w|) and what multiplies sum(w²)."""
        raise NotImplementedError


REGULARIZERS: Family[Regularizer] = Family(
    "regularizer",
    spellings={"lasso": "l1", "ridge": "l2", "l1l2": "l1_l2", "elastic_net": "l1_l2"},
)


def _regularizer(value: object, info: ValidationInfo) -> Regularizer | None:
    if value is None or isinstance(value, Regularizer):
        return value
    return REGULARIZERS.parse(value, semantics_of(info))


RegularizerField = Annotated[
    Regularizer | None,
    PlainValidator(_regularizer),
    WithJsonSchema({"$ref": "#/$defs/regularizer"}),
]
"""A regularizer by name or call; None adds nothing."""


@REGULARIZERS.register
class L1(Regularizer):
    """l1 · sum(|w|)."""

    label: ClassVar[str] = "l1"
    leading: ClassVar[str | None] = "l1"

    l1: float = Field(default=0.01, ge=0)
    """The factor."""

    def factors(self) -> tuple[float, float]:
        """What multiplies sum(|w|) and what multiplies sum(w²)."""
        return self.l1, 0.0


@REGULARIZERS.register
class L2(Regularizer):
    """l2 · sum(w²), without a factor 1/2."""

    label: ClassVar[str] = "l2"
    leading: ClassVar[str | None] = "l2"

    l2: float = Field(default=0.01, ge=0)
    """The factor."""

    def factors(self) -> tuple[float, float]:
        """What multiplies sum(|w|) and what multiplies sum(w²)."""
        return 0.0, self.l2


@REGULARIZERS.register
class L1L2(Regularizer):
    """l1 · sum(|w|) + l2 · sum(w²).

    A factor left out beside the other is 0; the bare name means 0.01 for both, as
    Keras documents it.
    """

    label: ClassVar[str] = "l1_l2"

    l1: float = Field(default=0.0, ge=0)
    """The factor of sum(|w|)."""
    l2: float = Field(default=0.0, ge=0)
    """The factor of sum(w²)."""

    @classmethod
    def attributes_of(cls, argument: object) -> Mapping[str, object]:
        """The attributes that the YAML argument sets; raises CallError."""
        if argument is None:
            return {"l1": 0.01, "l2": 0.01}
        return super().attributes_of(argument)

    def factors(self) -> tuple[float, float]:
        """What multiplies sum(|w|) and what multiplies sum(w²)."""
        return self.l1, self.l2
