"""What weights are brought back to after every step of the optimizer: Keras's constraints.

torch has none, so they mean what Keras's do (keras/src/constraints/constraints.py)
under both semantics.  Axes are those of the canonical weight, which is Keras's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from specgraph.definition import CallError, Definition, Family, Problem, semantics_of

EPSILON = 1e-7
"""What Keras adds to a norm before it divides by it."""


class Constraint(Definition):
    """What a weight is brought back to after every step of the optimizer."""

    def problem(self, shape: Sequence[int]) -> Problem | None:
        """Why a weight of this canonical shape cannot be held to it, or None."""
        return None


CONSTRAINTS: Family[Constraint] = Family(
    "constraint",
    spellings={
        "maximum_norm": "max_norm",
        "clip_norm": "max_norm",
        "non_negative": "non_neg",
        "nonnegative": "non_neg",
        "positive": "non_neg",
        "unit_normalization": "unit_norm",
        "normalize": "unit_norm",
        "min_norm": "min_max_norm",
    },
)


def _constraint(value: object, info: ValidationInfo) -> Constraint | None:
    if value is None or isinstance(value, Constraint):
        return value
    return CONSTRAINTS.parse(value, semantics_of(info))


ConstraintField = Annotated[
    Constraint | None,
    PlainValidator(_constraint),
    WithJsonSchema({"$ref": "#/$defs/constraint"}),
]
"""A constraint by name or call; None lets the weight go where the optimizer moves it."""


@CONSTRAINTS.register
class NonNeg(Constraint):
    """max(w, 0)."""

    label: ClassVar[str] = "non_neg"


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _some(axis: int | tuple[int, ...]) -> int | tuple[int, ...]:
    if axis == ():
        raise ValueError("at least one axis is needed, got []")
    return axis


Along = Annotated[
    int | tuple[int, ...], BeforeValidator(_listed), AfterValidator(_some)
]
"""The axis, or the axes, of a weight along which vectors lie."""


class NormConstraint(Constraint):
    """A bound on the norm of the vectors that lie along some axes of a weight."""

    spellings = {"dim": "axis", "axes": "axis", "max_norm": "max_value"}

    if TYPE_CHECKING:
        axis: Along

    def problem(self, shape: Sequence[int]) -> Problem | None:
        """Why a weight of this canonical shape has no such axes, or None."""
        rank = len(shape)
        written = (self.axis,) if isinstance(self.axis, int) else self.axis
        axis = ", ".join(map(str, written))
        what, size = f"{self.label} along axis {axis}", f"the weight is {list(shape)}"
        if any(not -rank <= axis < rank for axis in written):
            hint = f"axes from {-rank} to {rank - 1}" if rank else "it has no axes"
            return Problem("bad-value", f"{what}, but {size}", ("axis",), hint)
        if len({axis % rank for axis in written}) < len(written):
            return Problem("bad-value", f"{what} names one twice: {size}", ("axis",))
        return None

    def axes(self, rank: int) -> tuple[int, ...]:
        """The axes of a weight of this rank, counted from 0, rising."""
        written = (self.axis,) if isinstance(self.axis, int) else self.axis
        return tuple(sorted(axis % rank for axis in written))

    def along(self, axes: Sequence[int]) -> Self:
        """The same bound along other axes."""
        axis = axes[0] if len(axes) == 1 else tuple(axes)
        return self.model_copy(update={"axis": axis})


@CONSTRAINTS.register
class MaxNorm(NormConstraint):
    """w · min(n, max_value) / (n + 1e-7), n the norm of the vectors along `axis`."""

    label: ClassVar[str] = "max_norm"
    leading: ClassVar[str | None] = "max_value"

    max_value: float = Field(default=2.0, gt=0)
    """The greatest norm."""
    axis: Along = 0
    """The axis, or the axes, of the weight along which vectors lie."""


@CONSTRAINTS.register
class MinMaxNorm(NormConstraint):
    """w · (rate · clip(n, min_value, max_value) + (1 - rate) · n) / (n + 1e-7).

    n is the norm of the vectors along `axis`.
    """

    label: ClassVar[str] = "min_max_norm"

    min_value: float = Field(default=0.0, ge=0)
    """The least norm."""
    max_value: float = Field(default=1.0, gt=0)
    """The greatest norm."""
    rate: float = Field(default=1.0, ge=0, le=1)
    """How far a step goes to the bound: 1 is all the way."""
    axis: Along = 0
    """The axis, or the axes, of the weight along which vectors lie."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_value > self.max_value:
            message = f"min_value {self.min_value:g} lies above max_value "
            message += f"{self.max_value:g}"
            raise CallError(Problem("bad-value", message, ("min_value",)))
        return self


@CONSTRAINTS.register
class UnitNorm(NormConstraint):
    """w / (n + 1e-7), n the norm of the vectors along `axis`."""

    label: ClassVar[str] = "unit_norm"
    leading: ClassVar[str | None] = "axis"

    axis: Along = 0
    """The axis, or the axes, of the weight along which vectors lie."""
