"""Comparisons, which give booleans."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from specgraph.ops.base import (
    ANY_DTYPE,
    FLOATS,
    INTEGERS,
    Bound,
    Op,
    Order,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    register_op,
)
from specgraph.ops.merge import combined

_IDS = SampleInput((2, 3), "int32", range=(0, 3))
_SAMPLES = (
    Sample("a mask", 0, (SampleInput(("time",), "int32", range=(0, 3)),)),
    Sample("a number", 0.5, (SampleInput((3,)),)),
    Sample("two inputs", None, (_IDS, _IDS)),
    Sample(
        "broadcast",
        {"broadcast": True},
        (_IDS, SampleInput((3,), "int32", range=(0, 3))),
    ),
)
_ORDERED = (
    *_SAMPLES,
    Sample("half an id", 1.5, (SampleInput((4,), "uint8", range=(0, 4)),), "torch"),
    Sample("beyond bytes", 300, (SampleInput((4,), "uint8", range=(0, 4)),)),
    Sample("beneath bytes", -1, (SampleInput((4,), "uint8", range=(0, 4)),)),
)
_FLAGS = Sample("flags", {"value": True}, (SampleInput((2, 3), "bool"),), "torch")


class Comparison(Op):
    """Whether something is true of an input and `value`, or of two inputs."""

    leading: ClassVar[str | None] = "value"
    order: ClassVar[Order] = "elementwise"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", most=2, dtypes=ANY_DTYPE),)

    value: bool | int | float | None = None
    """What one input is compared with; left out, there are two inputs."""
    broadcast: bool = False
    """Whether two inputs may have different shapes."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The operands' shape, bool."""
        wanted = 2 if self.value is None else 1
        if len(inputs) != wanted:
            given = "without" if self.value is None else "with"
            raise ShapeError(
                f"{self.label} {given} a value takes {wanted} "
                f"input{'s' if wanted > 1 else ''}, got {len(inputs)}"
            )
        kind = combined(self.label, inputs, self.broadcast)
        return {"output": replace(kind, dtype="bool")}


@register_op
class NotEqual(Comparison):
    """Whether an input differs from `value`, or one input from the other."""

    label: ClassVar[str] = "not_equal"
    samples = (*_SAMPLES, _FLAGS)


@register_op
class Equal(Comparison):
    """Whether an input is equal to `value`, or one input to the other."""

    label: ClassVar[str] = "equal"
    samples = (*_SAMPLES, _FLAGS)


@register_op
class Greater(Comparison):
    """Whether an input lies above `value`, or the first input above the second."""

    label: ClassVar[str] = "greater"
    ports: ClassVar[tuple[Port, ...]] = (
        Port("input", most=2, dtypes=FLOATS | INTEGERS),
    )
    samples = _ORDERED


@register_op
class Less(Comparison):
    """Whether an input lies below `value`, or the first input below the second."""

    label: ClassVar[str] = "less"
    ports: ClassVar[tuple[Port, ...]] = (
        Port("input", most=2, dtypes=FLOATS | INTEGERS),
    )
    samples = _ORDERED
