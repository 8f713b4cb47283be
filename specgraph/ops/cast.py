"""Values of another dtype."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from specgraph.ops.base import (
    INTEGERS,
    Bound,
    Count,
    Op,
    Order,
    Port,
    Sample,
    SampleInput,
    TensorType,
    register_op,
)
from specgraph.ops.reshape import ANY_INPUT

_FIRST = (SampleInput((5, 4, 3), "uint8", "channels_first", range=(0, 9)),)


@register_op
class Cast(Op):
    """The same numbers in another dtype: floats are cut off at the point.

    `float32` are the floats of the model, which is cast as a whole; `uint8` are the
    last eight bits of what does not fit.
    """

    label: ClassVar[str] = "cast"
    leading: ClassVar[str | None] = "dtype"
    order: ClassVar[Order] = "elementwise"
    ports: ClassVar[tuple[Port, ...]] = ANY_INPUT
    spellings = {"type": "dtype", "to": "dtype"}

    dtype: Literal["float32", "int32", "int64", "uint8", "bool"]
    """Of the result; of flags, true is 1, and what is not 0 is true."""

    samples = (
        Sample("a mask", "float32", (SampleInput(("time",), "bool"),)),
        Sample("ids", "float32", (SampleInput((4, 3), "int32", range=(0, 9)),)),
        Sample("an image", "float32", _FIRST, "torch"),
        Sample("to ids", "int32", (SampleInput((4, 3), range=(-5, 5)),)),
        Sample("to long ids", "int64", (SampleInput((4, 3), range=(-5, 5)),), "torch"),
        Sample("to bytes", "uint8", (SampleInput((4, 3), range=(0, 200)),)),
        Sample("below bytes", "uint8", (SampleInput((8, 5), range=(-9, 300)),)),
        Sample("to flags", "bool", (SampleInput((4, 3), "int32", range=(0, 3)),)),
        Sample("longer", "int64", (SampleInput((4,), "int32", range=(0, 9)),)),
        Sample("as it is", {"dtype": "float32"}, (SampleInput((4, 3)),)),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's shape and layout, in the dtype."""
        return {"output": replace(inputs.first, dtype=self.dtype)}


@register_op
class OneHot(Op):
    """Each id as a row of zeros with a one in its place; zeros for what is no class."""

    label: ClassVar[str] = "one_hot"
    leading: ClassVar[str | None] = "num_classes"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=INTEGERS),)
    spellings = {"depth": "num_classes", "num_tokens": "num_classes"}

    num_classes: Count
    """The length of each row."""

    samples = (
        Sample("ids", 5, (SampleInput(("time",), "int32", range=(-1, 6)),)),
        Sample("an id", 3, (SampleInput((), "int64", range=(0, 3)),), "torch"),
        Sample("bytes", 4, (SampleInput((2, 3), "uint8", range=(0, 4)),)),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's shape and the classes as the last axis, float32."""
        return {"output": TensorType((*inputs.first.shape, self.num_classes))}
