"""Booleans, and what they choose."""

from __future__ import annotations

from typing import ClassVar

from specgraph.ops.base import (
    ANY_DTYPE,
    Bound,
    Op,
    Order,
    Port,
    Sample,
    SampleInput,
    TensorType,
    register_op,
)
from specgraph.ops.merge import Elementwise, combined, common_dtype

_BOOL = frozenset({"bool"})
_FLAGS = SampleInput(("time", 3), "bool")
_IMAGE = SampleInput((5, 4, 3), layout="channels_first")
_SAMPLES = (
    Sample("two", None, (_FLAGS, _FLAGS)),
    Sample("three", None, (_FLAGS, _FLAGS, _FLAGS), "torch"),
    Sample(
        "broadcast",
        {"broadcast": True},
        (SampleInput((4, 1), "bool"), SampleInput((4, 3), "bool")),
    ),
)


@register_op
class LogicalAnd(Elementwise):
    """Whether all operands are true."""

    label: ClassVar[str] = "logical_and"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", most=None, dtypes=_BOOL),)
    samples = _SAMPLES


@register_op
class LogicalOr(Elementwise):
    """Whether an operand is true."""

    label: ClassVar[str] = "logical_or"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", most=None, dtypes=_BOOL),)
    samples = _SAMPLES


@register_op
class LogicalNot(Op):
    """Whether the input is false."""

    label: ClassVar[str] = "logical_not"
    order: ClassVar[Order] = "elementwise"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=_BOOL),)
    samples = (Sample("flags", None, (_FLAGS,)),)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        return {"output": inputs.first}


@register_op
class Where(Op):
    """`input` where the condition is true, `other` elsewhere."""

    label: ClassVar[str] = "where"
    order: ClassVar[Order] = "elementwise"
    ports: ClassVar[tuple[Port, ...]] = (
        Port("condition", dtypes=_BOOL),
        Port("input", dtypes=ANY_DTYPE),
        Port("other", dtypes=ANY_DTYPE),
    )

    broadcast: bool = False
    """Whether condition and operands may have different shapes."""

    samples = (
        Sample(
            "two",
            None,
            (
                SampleInput(("time", 3), "bool", port="condition"),
                SampleInput(("time", 3)),
                SampleInput(("time", 3), port="other"),
            ),
        ),
        Sample(
            "channels first",
            None,
            (
                SampleInput((5, 4, 3), "bool", "channels_first", port="condition"),
                _IMAGE,
                SampleInput((5, 4, 3), layout="channels_first", port="other"),
            ),
        ),
        Sample(
            "broadcast",
            {"broadcast": True},
            (
                SampleInput((4, 1), "bool", port="condition"),
                SampleInput((4, 3)),
                SampleInput((3,), port="other"),
            ),
        ),
        Sample(
            "ids",
            None,
            (
                SampleInput((4,), "bool", port="condition"),
                SampleInput((4,), "int32", range=(0, 9)),
                SampleInput((4,), "int32", port="other", range=(0, 9)),
            ),
            "torch",
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The common shape and layout, in the operands' dtype."""
        values = (inputs.one("input"), inputs.one("other"))
        condition = inputs.one("condition")
        dtype = common_dtype("where", values)
        alike = (TensorType(condition.shape, dtype, condition.layout), *values)
        same = Bound({"input": alike}, inputs.sizes)
        return {"output": combined("where", same, self.broadcast)}
