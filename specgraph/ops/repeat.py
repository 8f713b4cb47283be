"""Copies of a value, and values side by side on a new axis."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from specgraph.ops.base import (
    ANY_DTYPE,
    Bound,
    Count,
    Op,
    Order,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    one_or_more,
    register_op,
)
from specgraph.ops.merge import common_dtype
from specgraph.ops.proofs import proves_equal
from specgraph.ops.reshape import ANY_INPUT, new_axis

_PAIR = (SampleInput((4, 3)), SampleInput((4, 3)))
_FIRST = (SampleInput((5, 4, 3), layout="channels_first"),)


@register_op
class Stack(Op):
    """Operands of one shape side by side on a new axis, at `axis` of the output."""

    label: ClassVar[str] = "stack"
    leading: ClassVar[str | None] = "axis"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", most=None, dtypes=ANY_DTYPE),)
    spellings = {"dim": "axis"}

    axis: int = 1
    """Where the new axis is, counted in the output with the batch as 0, or from -1."""

    samples = (
        Sample("first", None, _PAIR),
        Sample("last, any length", -1, (SampleInput(("time", 3)),) * 3),
        Sample("channels first", 2, _FIRST * 2, "torch"),
        Sample("numbers", None, (SampleInput(()), SampleInput(()))),
        Sample("flags", -1, (SampleInput((3,), "bool"), SampleInput((3,), "bool"))),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The operands' shape with their number as one size more, without layout."""
        kinds = tuple(inputs)
        first = kinds[0]
        for kind in kinds[1:]:
            alike = len(kind.shape) == len(first.shape) and all(
                proves_equal(a, b, inputs.sizes)
                for a, b in zip(first.shape, kind.shape, strict=True)
            )
            if not alike:
                message = f"stack needs operands of one shape, got {first} and {kind}"
                raise ShapeError(message, "`concat` joins along an axis they have")
        at = new_axis("stack", self.axis, first) - 1
        shape = (*first.shape[:at], len(kinds), *first.shape[at:])
        return {"output": TensorType(shape, common_dtype("stack", kinds))}


@register_op
class RepeatVector(Op):
    """A vector, `n` times one after the other: a sequence of equal steps."""

    label: ClassVar[str] = "repeat_vector"
    leading: ClassVar[str | None] = "n"
    ports: ClassVar[tuple[Port, ...]] = ANY_INPUT
    spellings = {"times": "n", "repeats": "n"}

    n: Count
    """How many times."""

    samples = (
        Sample("a vector", 4, (SampleInput((3,)),)),
        Sample("ids, any size", 2, (SampleInput(("size",), "int32", range=(0, 9)),)),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """[features] becomes [n, features]."""
        kind = inputs.first
        if len(kind.shape) != 1:
            raise ShapeError(
                f"repeat_vector needs [features], got {kind}",
                "`expand_dims` and `tile` repeat a value of any shape",
            )
        return {"output": TensorType((self.n, *kind.shape), kind.dtype)}


@register_op
class Tile(Op):
    """Copies of the whole value one after the other, along each axis."""

    label: ClassVar[str] = "tile"
    order: ClassVar[Order] = "axes"
    ports: ClassVar[tuple[Port, ...]] = ANY_INPUT
    spellings = {"multiples": "repeats", "dims": "repeats", "reps": "repeats"}

    repeats: Annotated[
        tuple[Count, ...],
        BeforeValidator(one_or_more, json_schema_input_type=int | tuple[int, ...]),
        Field(min_length=1),
    ]
    """How many times along each axis but the batch."""

    samples = (
        Sample("a vector", {"repeats": 2}, (SampleInput((3,)),)),
        Sample("any length", {"repeats": (2, 3)}, (SampleInput(("time", 3)),)),
        Sample("channels first", {"repeats": (1, 2, 3)}, _FIRST, "torch"),
        Sample("flags", {"repeats": [1, 2]}, (SampleInput((2, 3), "bool"),)),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """Each size times its number."""
        kind = inputs.first
        if len(self.repeats) != len(kind.shape):
            raise ShapeError(
                f"tile: {list(self.repeats)} are {len(self.repeats)} axes, "
                f"{kind} has {len(kind.shape)}"
            )
        pairs = zip(kind.shape, self.repeats, strict=True)
        return {"output": replace(kind, shape=tuple(size * n for size, n in pairs))}


@register_op
class RepeatElements(Op):
    """Each place of an axis several times before the next."""

    label: ClassVar[str] = "repeat_elements"
    order: ClassVar[Order] = "axes"
    ports: ClassVar[tuple[Port, ...]] = ANY_INPUT
    spellings = {"rep": "repeats", "dim": "axis"}

    repeats: Count
    """How many times."""
    axis: int = -1
    """Along which axis."""

    samples = (
        Sample("features", {"repeats": 2}, (SampleInput((4, 3)),)),
        Sample("time", {"repeats": 3, "axis": 1}, (SampleInput(("time", 2)),)),
        Sample("channels first", {"repeats": 2, "axis": 1}, _FIRST, "torch"),
        Sample("flags", {"repeats": 2, "axis": 1}, (SampleInput((2, 3), "bool"),)),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The size along the axis, times the number."""
        kind = inputs.first
        at = kind.axis(self.axis) - 1
        sizes = (*kind.shape[:at], kind.shape[at] * self.repeats, *kind.shape[at + 1 :])
        return {"output": replace(kind, shape=sizes)}
