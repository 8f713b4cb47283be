"""Merging several values into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Self

from specgraph.ops.base import (
    ANY_DTYPE,
    FLOATS,
    INTEGERS,
    Bound,
    DType,
    Layout,
    Op,
    Order,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    register_op,
)
from specgraph.ops.dims import Dim
from specgraph.ops.proofs import proves_equal, witness
from specgraph.ops.sizes import Bounds

_NUMBERS = FLOATS | INTEGERS
_MANY = (Port("input", most=None, dtypes=_NUMBERS),)
_PAIR = (SampleInput((4, 3)), SampleInput((4, 3)))
_TRIO = (SampleInput(("time", 3)), SampleInput(("time", 3)), SampleInput(("time", 3)))
_IMAGES = (
    SampleInput((5, 4, 3), layout="channels_first"),
    SampleInput((5, 4, 3), layout="channels_first"),
)
_SAMPLES = (
    Sample("two", None, _PAIR),
    Sample("three, any length", None, _TRIO, "torch"),
    Sample("channels first", None, _IMAGES, "torch"),
    Sample(
        "broadcast",
        {"broadcast": True},
        (SampleInput((4, 3, 5)), SampleInput((3, 1)), SampleInput((4, 1, 5))),
    ),
)


class Elementwise(Op):
    """Operands of one shape, element by element.

    With `broadcast`, axes of size 1 repeat, and missing ones count as such at the left.
    """

    order: ClassVar[Order] = "elementwise"
    ports: ClassVar[tuple[Port, ...]] = _MANY

    broadcast: bool = False
    """Whether operands of different shapes are allowed."""

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The operands' common shape and layout."""
        return {"output": combined(self.label, inputs, self.broadcast)}


@register_op
class Add(Elementwise):
    """The sum of the operands."""

    label: ClassVar[str] = "add"
    samples = (
        *_SAMPLES,
        # In a batch of three `keras.ops.add` would take the column for a bias.
        Sample(
            "a column",
            {"broadcast": True},
            (SampleInput((3,)), SampleInput((1,))),
        ),
    )


@register_op
class Subtract(Elementwise):
    """The first operand minus the second."""

    label: ClassVar[str] = "subtract"
    ports: ClassVar[tuple[Port, ...]] = (
        Port("input", least=2, most=2, dtypes=_NUMBERS),
    )
    samples = (
        Sample("two", None, _PAIR),
        Sample("channels first", None, _IMAGES, "torch"),
        Sample(
            "broadcast",
            {"broadcast": True},
            (SampleInput(("time", 3)), SampleInput((1, 3))),
        ),
    )


@register_op
class Multiply(Elementwise):
    """The product of the operands."""

    label: ClassVar[str] = "multiply"
    samples = _SAMPLES


@register_op
class Divide(Elementwise):
    """The first operand by the second."""

    label: ClassVar[str] = "divide"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", least=2, most=2),)
    samples = (
        Sample(
            "two",
            None,
            (SampleInput((4, 3)), SampleInput((4, 3), range=(0.5, 2))),
        ),
        Sample(
            "channels first",
            None,
            (*_IMAGES[:1], replace(_IMAGES[1], range=(0.5, 2))),
            "torch",
        ),
        Sample(
            "broadcast",
            {"broadcast": True},
            (SampleInput(("time", 3)), SampleInput((3,), range=(-2, -0.5))),
        ),
    )


@register_op
class Average(Elementwise):
    """The mean of the operands."""

    label: ClassVar[str] = "average"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", most=None),)
    samples = _SAMPLES


@register_op
class Maximum(Elementwise):
    """The greatest of the operands; the first of equals takes the gradient."""

    label: ClassVar[str] = "maximum"
    samples = _SAMPLES


@register_op
class Minimum(Elementwise):
    """The least of the operands; the first of equals takes the gradient."""

    label: ClassVar[str] = "minimum"
    samples = _SAMPLES


@register_op
class Concat(Op):
    """The operands one after the other along an axis; the others are equal."""

    label: ClassVar[str] = "concat"
    leading: ClassVar[str | None] = "axis"
    order: ClassVar[Order] = "axes"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", most=None, dtypes=ANY_DTYPE),)
    spellings = {"dim": "axis"}

    axis: int | None = None
    """Along which axis; left out, the channels."""

    samples = (
        Sample("features", None, (SampleInput((3,)), SampleInput((5,)))),
        Sample(
            "images",
            None,
            (SampleInput((4, 3, 2)), SampleInput((4, 3, 5)), SampleInput((4, 3, 1))),
        ),
        Sample(
            "channels first",
            None,
            (
                SampleInput((2, 4, 3), layout="channels_first"),
                SampleInput((5, 4, 3), layout="channels_first"),
            ),
            "torch",
        ),
        Sample("in time", 1, (SampleInput(("before", 3)), SampleInput(("after", 3)))),
        Sample(
            "the last axis, channels first",
            {"axis": -1},
            (
                SampleInput((2, 4, 3), layout="channels_first"),
                SampleInput((2, 4, 5), layout="channels_first"),
            ),
            "torch",
        ),
    )

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The axis is filled in."""
        if self.axis is not None:
            return self
        layout = common_layout(self.label, tuple(inputs))
        return self.filled(axis=1 if layout == "channels_first" else -1)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The first operand's shape, with the sizes along the axis added up."""
        kinds = tuple(inputs)
        first = kinds[0]
        layout = common_layout(self.label, kinds)
        dtype = common_dtype(self.label, kinds)
        whole = replace(first, layout=layout)
        channels = 1 if layout == "channels_first" else -1
        axis = whole.axis(channels if self.axis is None else self.axis)
        total = first.shape[axis - 1]
        for kind in kinds[1:]:
            self._check(first, kind, axis, inputs.sizes)
            total = total + kind.shape[axis - 1]
        shape = (*first.shape[: axis - 1], total, *first.shape[axis:])
        return {"output": TensorType(shape, dtype, layout)}

    def _check(
        self,
        first: TensorType,
        kind: TensorType,
        axis: int,
        sizes: Mapping[str, Bounds],
    ) -> None:
        alike = len(kind.shape) == len(first.shape) and all(
            place == axis or proves_equal(a, b, sizes)
            for place, (a, b) in enumerate(
                zip(first.shape, kind.shape, strict=True), start=1
            )
        )
        if not alike:
            raise ShapeError(
                f"concat: operands must be equal but for axis {axis}, "
                f"got {first} and {kind}"
            )


def combined(label: str, inputs: Bound[TensorType], broadcast: bool) -> TensorType:
    """The type of operands taken element by element; raises ShapeError."""
    kinds = tuple(inputs)
    result = kinds[0]
    for kind in kinds[1:]:
        shape = _common_shape(label, result, kind, broadcast, inputs.sizes)
        result = replace(result, shape=shape)
    layout = common_layout(label, [k for k in kinds if k.rank == result.rank])
    return TensorType(result.shape, common_dtype(label, kinds), layout)


def _common_shape(
    label: str,
    first: TensorType,
    second: TensorType,
    broadcast: bool,
    sizes: Mapping[str, Bounds],
) -> tuple[Dim, ...]:
    rank = max(len(first.shape), len(second.shape))
    a, b = ((1,) * (rank - len(kind.shape)) + kind.shape for kind in (first, second))
    pairs = list(zip(a, b, strict=True))
    repeated = [_common_size(x, y, sizes) for x, y in pairs]
    fits = None not in repeated
    alike = first.rank == second.rank and all(proves_equal(*p, sizes) for p in pairs)
    if fits and (broadcast or alike):
        return tuple(size for size in repeated if size is not None)
    wanted = "shapes that broadcast" if broadcast else "operands of one shape"
    hint = "`broadcast: true` repeats axes of size 1" if fits else ""
    for x, y in pairs if first.rank == second.rank else []:
        at = _difference(x, y, sizes)
        hint = hint or (f"{x} and {y} differ where {at}" if at else "")
    raise ShapeError(f"{label} needs {wanted}, got {first} and {second}", hint)


def _difference(a: Dim, b: Dim, sizes: Mapping[str, Bounds]) -> str:
    """Sizes at which two dimensions differ, if it takes sizes to see that."""
    if isinstance(a, int) and isinstance(b, int):
        return ""
    found = witness(a, b, sizes) or {}
    return " and ".join(f"{name} is {size}" for name, size in found.items())


def _common_size(a: Dim, b: Dim, sizes: Mapping[str, Bounds]) -> Dim | None:
    if proves_equal(a, b, sizes):
        return a
    if a == 1:
        return b
    return a if b == 1 else None


def common_layout(
    label: str, kinds: tuple[TensorType, ...] | list[TensorType]
) -> Layout:
    """The one layout that operands have, `none` agreeing with any; raises ShapeError."""
    found = sorted({kind.layout for kind in kinds} - {"none"})
    if len(found) > 1:
        raise ShapeError(
            f"{label} needs operands of one layout, got {' and '.join(found)}",
            "a permute before one of them gives it no layout",
        )
    for kind in kinds:
        if kind.layout != "none":
            return kind.layout
    return "none"


def common_dtype(label: str, kinds: tuple[TensorType, ...]) -> DType:
    """The one dtype that operands have; raises ShapeError."""
    found = list(dict.fromkeys(kind.dtype for kind in kinds))
    if len(found) > 1:
        raise ShapeError(f"{label} needs operands of one dtype, got {', '.join(found)}")
    return found[0]
