"""Comparisons, which give booleans."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from specgraph.ops.base import (
    ANY_DTYPE,
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


@register_op
class NotEqual(Op):
    """Whether an input differs from `value`, or one input from the other."""

    label: ClassVar[str] = "not_equal"
    leading: ClassVar[str | None] = "value"
    order: ClassVar[Order] = "elementwise"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", most=2, dtypes=ANY_DTYPE),)

    value: bool | int | float | None = None
    """What one input is compared with; left out, there are two inputs."""

    samples = (
        Sample("a mask", 0, (SampleInput(("time",), "int32", range=(0, 3)),)),
        Sample("a number", 0.5, (SampleInput((3,)),)),
        Sample(
            "two inputs",
            None,
            (
                SampleInput((2, 3), "int32", range=(0, 3)),
                SampleInput((2, 3), "int32", range=(0, 3)),
            ),
        ),
        Sample("flags", {"value": True}, (SampleInput((2, 3), "bool"),), "torch"),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The operands' shape, bool."""
        wanted = 2 if self.value is None else 1
        if len(inputs) != wanted:
            given = "without" if self.value is None else "with"
            raise ShapeError(
                f"{self.label} {given} a value takes {wanted} "
                f"input{'s' if wanted > 1 else ''}, got {len(inputs)}"
            )
        kind = combined(self.label, inputs, broadcast=False)
        return {"output": replace(kind, dtype="bool")}
