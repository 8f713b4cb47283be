"""Functions of every element."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Self

from pydantic import model_validator

from specgraph.definition import CallError, Problem
from specgraph.ops.base import (
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

SIGNED = FLOATS | {"int32", "int64"}
"""Numbers below 0 are among these."""

_FIRST = (SampleInput((5, 4, 3), layout="channels_first"),)
_POSITIVE = (SampleInput(("time", 3), range=(0.1, 3)),)
_SMALL = (SampleInput(("time", 3), range=(-2, 2)),)
_WHOLE = (SampleInput((4, 3), "int32", range=(-5, 5)),)
_ANY_SAMPLES = (
    Sample("any length", None, (SampleInput(("time", 3)),)),
    Sample("channels first", None, _FIRST, "torch"),
)


class Elementary(Op):
    """A function of one number, for each element."""

    order: ClassVar[Order] = "elementwise"

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        return {"output": inputs.first}


@register_op
class Abs(Elementary):
    """The absolute value."""

    label: ClassVar[str] = "abs"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=SIGNED),)
    samples = (*_ANY_SAMPLES, Sample("whole numbers", None, _WHOLE))


@register_op
class Sqrt(Elementary):
    """The square root."""

    label: ClassVar[str] = "sqrt"
    samples = (Sample("positive", None, _POSITIVE),)


@register_op
class Rsqrt(Elementary):
    """1 by the square root."""

    label: ClassVar[str] = "rsqrt"
    samples = (Sample("positive", None, _POSITIVE),)


@register_op
class Exp(Elementary):
    """The exponential function."""

    label: ClassVar[str] = "exp"
    samples = (Sample("small", None, _SMALL),)


@register_op
class Log(Elementary):
    """The natural logarithm."""

    label: ClassVar[str] = "log"
    samples = (Sample("positive", None, _POSITIVE),)


@register_op
class Sin(Elementary):
    """The sine."""

    label: ClassVar[str] = "sin"
    samples = (Sample("small", None, _SMALL),)


@register_op
class Cos(Elementary):
    """The cosine."""

    label: ClassVar[str] = "cos"
    samples = (Sample("small", None, _SMALL),)


@register_op
class Sign(Elementary):
    """-1, 0 or 1; its gradient is 0."""

    label: ClassVar[str] = "sign"
    flat: ClassVar[bool] = True
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=SIGNED),)
    samples = (*_ANY_SAMPLES, Sample("whole numbers", None, _WHOLE))


@register_op
class Round(Elementary):
    """The nearest whole number, of two the even one; its gradient is 0."""

    label: ClassVar[str] = "round"
    flat: ClassVar[bool] = True
    samples = (Sample("small", None, _SMALL),)


@register_op
class Floor(Elementary):
    """The greatest whole number that is not above; its gradient is 0."""

    label: ClassVar[str] = "floor"
    flat: ClassVar[bool] = True
    samples = (Sample("small", None, _SMALL),)


@register_op
class Power(Elementary):
    """The input to the power of `exponent`."""

    label: ClassVar[str] = "power"
    leading: ClassVar[str | None] = "exponent"

    exponent: int | float
    """A number; numbers below 0 have powers of whole ones only."""

    samples = (
        Sample("square", 2, (SampleInput(("time", 3)),)),
        Sample("root", 0.3, _POSITIVE),
        Sample("inverse", {"exponent": -1}, _POSITIVE),
    )


def _whole(label: str, kind: TensorType, *numbers: int | float | None) -> None:
    """Raises ShapeError where integers would meet a number that is none."""
    for number in numbers:
        if kind.dtype in INTEGERS and isinstance(number, float):
            raise ShapeError(
                f"{label}: {number:g} is no whole number, the input is {kind.dtype}",
                "`cast: float32` before it makes floats",
            )


@register_op
class Clip(Elementary):
    """What lies below `min` or above `max` becomes that."""

    label: ClassVar[str] = "clip"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=SIGNED),)
    spellings = {
        "x_min": "min",
        "x_max": "max",
        "min_value": "min",
        "max_value": "max",
        "clip_value_min": "min",
        "clip_value_max": "max",
    }

    min: int | float | None = None
    """The least value; left out, there is none."""
    max: int | float | None = None
    """The greatest value; left out, there is none."""

    samples = (
        Sample("both", {"min": -0.3, "max": 0.7}, (SampleInput(("time", 3)),)),
        Sample("least", {"min": 0}, _FIRST, "torch"),
        Sample("greatest", {"max": 0.5}, (SampleInput((4, 3)),)),
        Sample("whole numbers", {"min": -2, "max": 3}, _WHOLE),
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is None and self.max is None:
            raise CallError(Problem("missing-attribute", "clip needs `min` or `max`"))
        if self.min is not None and self.max is not None and self.min > self.max:
            message = f"clip: min {self.min:g} lies above max {self.max:g}"
            raise CallError(Problem("bad-value", message, ("min",)))
        return self

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        _whole("clip", inputs.first, self.min, self.max)
        return {"output": inputs.first}


@register_op
class Scale(Elementary):
    """The input times a fixed number."""

    label: ClassVar[str] = "scale"
    leading: ClassVar[str | None] = "factor"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=SIGNED),)
    spellings = {"scale": "factor", "value": "factor"}

    factor: int | float
    """The number."""

    samples = (
        Sample("a fraction", 0.3, (SampleInput(("time", 3)),)),
        Sample("channels first", -2, _FIRST, "torch"),
        Sample("whole numbers", {"factor": 3}, _WHOLE),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        _whole("scale", inputs.first, self.factor)
        return {"output": inputs.first}


@register_op
class Shift(Elementary):
    """The input plus a fixed number."""

    label: ClassVar[str] = "shift"
    leading: ClassVar[str | None] = "offset"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=SIGNED),)
    spellings = {"value": "offset"}

    offset: int | float
    """The number."""

    samples = (
        Sample("a fraction", 0.3, (SampleInput(("time", 3)),)),
        Sample("channels first", -2, _FIRST, "torch"),
        Sample("ids", {"offset": 1}, _WHOLE),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        _whole("shift", inputs.first, self.offset)
        return {"output": inputs.first}


@register_op
class Rescaling(Op):
    """Any numbers, such as the bytes of an image, times `scale` plus `offset`."""

    label: ClassVar[str] = "rescaling"
    leading: ClassVar[str | None] = "scale"
    order: ClassVar[Order] = "elementwise"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=FLOATS | INTEGERS),)
    spellings = {"factor": "scale", "shift": "offset"}

    scale: int | float
    """What the input is multiplied with."""
    offset: int | float = 0.0
    """What is then added."""

    samples = (
        Sample(
            "bytes",
            1 / 255,
            (SampleInput((5, 4, 3), "uint8", "channels_first", range=(0, 256)),),
            "torch",
        ),
        Sample("floats", {"scale": 0.3, "offset": -1}, (SampleInput(("time", 3)),)),
        Sample("ids", {"scale": 2, "offset": 0.1}, _WHOLE),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's shape and layout, in floats."""
        return {"output": replace(inputs.first, dtype="float32")}
