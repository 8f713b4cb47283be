"""One number out of many along axes, running sums, and the greatest of many."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal, Self

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    FLOATS,
    INTEGERS,
    Axes,
    Bound,
    Count,
    Op,
    Order,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.proofs import proves_at_least
from specgraph.ops.slice import with_size, without_axis

_WHOLE = FLOATS | {"int32", "int64"}
_NUMBERS = FLOATS | INTEGERS
_IMAGE = (SampleInput((4, 5, 6)),)
_FIRST = (SampleInput((6, 4, 5), layout="channels_first"),)
_IDS = (SampleInput((4, 3), "int32", range=(-5, 5)),)
_SAMPLES = (
    Sample("everything", None, (SampleInput((4, 3)),)),
    Sample("any length", {"axis": 1}, (SampleInput(("time", 3)),)),
    Sample("features", {"axis": -1, "keepdims": True}, (SampleInput(("time", 3)),)),
    Sample("a row of images", {"axis": 1}, _IMAGE),
    Sample("channels first", {"axis": (2, 3)}, _FIRST, "torch"),
    Sample("kept", {"axis": [1, -1], "keepdims": True}, _FIRST, "torch"),
)
_INTEGERS = Sample("whole numbers", {"axis": 1}, _IDS)


class Reduction(Op):
    """One number for all along some axes."""

    leading: ClassVar[str | None] = "axis"
    order: ClassVar[Order] = "axes"
    spellings = {"dim": "axis", "axes": "axis", "keepdim": "keepdims"}

    axis: Axes | None = None
    """Along which axes; left out, all but the batch."""
    keepdims: bool = False
    """Whether the axes stay, with size 1."""

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The axes are filled in."""
        if self.axis is not None:
            return self
        return self.filled(axis=tuple(range(1, inputs.first.rank)))

    def axes_of(self, kind: TensorType) -> tuple[int, ...]:
        """The axes that go, counted from 0; raises ShapeError."""
        if not kind.shape:
            raise ShapeError(
                f"{self.label} needs an axis, got [], one number an example"
            )
        everything = tuple(range(1, kind.rank))
        return everything if self.axis is None else kind.axes(self.axis)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The axes that stay, without layout; with `keepdims` those that go are 1."""
        kind = inputs.first
        gone = self.axes_of(kind)
        if self.keepdims:
            pairs = enumerate(kind.shape, 1)
            shape = tuple(1 if axis in gone else size for axis, size in pairs)
            return {"output": replace(kind, shape=shape)}
        kept = tuple(s for axis, s in enumerate(kind.shape, 1) if axis not in gone)
        return {"output": TensorType(kept, kind.dtype)}


@register_op
class Sum(Reduction):
    """The sum."""

    label: ClassVar[str] = "sum"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=_WHOLE),)
    samples = (*_SAMPLES, _INTEGERS)


@register_op
class Mean(Reduction):
    """The mean."""

    label: ClassVar[str] = "mean"
    samples = _SAMPLES


@register_op
class Max(Reduction):
    """The greatest; equals share the gradient evenly."""

    label: ClassVar[str] = "max"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=_NUMBERS),)
    samples = (*_SAMPLES, _INTEGERS)


@register_op
class Min(Reduction):
    """The least; equals share the gradient evenly."""

    label: ClassVar[str] = "min"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=_NUMBERS),)
    samples = (*_SAMPLES, _INTEGERS)


@register_op
class Prod(Reduction):
    """The product."""

    label: ClassVar[str] = "prod"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=_WHOLE),)
    samples = (
        Sample("everything", None, (SampleInput((4, 3), range=(0.5, 1.5)),)),
        Sample(
            "any length", {"axis": 1}, (SampleInput(("time", 3), range=(-1.5, 1.5)),)
        ),
        Sample(
            "kept",
            {"axis": (1, 3), "keepdims": True},
            (SampleInput((6, 4, 5), layout="channels_first", range=(0.5, 1.5)),),
            "torch",
        ),
        Sample(
            "whole images",
            None,
            (SampleInput((3, 2, 4), "int32", "channels_first", range=(1, 4)),),
        ),
        _INTEGERS,
    )


@register_op
class LogSumExp(Reduction):
    """The logarithm of the sum of exponentials, a smooth greatest."""

    label: ClassVar[str] = "logsumexp"
    samples = _SAMPLES


class Spread(Reduction):
    """How far values lie from their mean."""

    correction: Literal[0, 1] = by_semantics(keras=0, torch=1)
    """What is taken from the number of values before dividing by it."""
    spellings = {**Reduction.spellings, "ddof": "correction", "unbiased": "correction"}

    def count(self, kind: TensorType) -> Dim:
        """How many values a number is made of."""
        return product(kind.shape[axis - 1] for axis in self.axes_of(kind))

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The axes that stay, without layout; with `keepdims` those that go are 1."""
        count = self.count(inputs.first)
        if not proves_at_least(count, self.correction + 1, inputs.sizes):
            raise ShapeError(
                f"{self.label} with correction: {self.correction} needs "
                f"{self.correction + 1} values or more, got {count}",
                "`correction: 0` takes one value too"
                + ("" if isinstance(count, int) else "; `dims` bounds a size"),
            )
        return super().infer(inputs)


_SPREADS = (
    *_SAMPLES[:4],
    Sample("kept", {"axis": [1, -1], "keepdims": True}, _FIRST, "torch"),
    Sample("channels first", {"axis": (2, 3), "correction": 0}, _FIRST, "torch"),
    Sample("corrected", {"axis": 1, "correction": 1}, _IMAGE),
    Sample(
        "corrected, any length",
        {"axis": (1, 2), "correction": 1},
        (SampleInput(("time", 3)),),
    ),
)


@register_op
class Var(Spread):
    """The variance: the mean of squared distances from the mean."""

    label: ClassVar[str] = "var"
    samples = _SPREADS


@register_op
class Std(Spread):
    """The standard deviation, the root of the variance; of equals its slope is 0."""

    label: ClassVar[str] = "std"
    samples = _SPREADS


@register_op
class Cumsum(Op):
    """Running sums along an axis."""

    label: ClassVar[str] = "cumsum"
    leading: ClassVar[str | None] = "axis"
    order: ClassVar[Order] = "axes"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=_WHOLE),)
    spellings = {"dim": "axis"}

    axis: int = -1
    """Along which axis."""

    samples = (
        Sample("features", None, (SampleInput((4, 3)),)),
        Sample("time", 1, (SampleInput(("time", 3)),)),
        Sample("channels first", {"axis": 1}, _FIRST, "torch"),
        Sample("whole numbers", 1, _IDS),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        inputs.first.axis(self.axis)
        return {"output": inputs.first}


IndexType = Literal["int32", "int64"]


@register_op
class Argmax(Op):
    """Where along an axis the greatest is; of equals, the first."""

    label: ClassVar[str] = "argmax"
    leading: ClassVar[str | None] = "axis"
    order: ClassVar[Order] = "axes"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=_NUMBERS),)
    spellings = {"dim": "axis", "keepdim": "keepdims", "dtype": "index_dtype"}

    axis: int = -1
    """Along which axis."""
    keepdims: bool = False
    """Whether the axis stays, with size 1."""
    index_dtype: IndexType = by_semantics(keras="int32", torch="int64")
    """Of the result."""

    samples = (
        Sample("classes", None, (SampleInput((5,)),)),
        Sample("time", 1, (SampleInput(("time", 3)),), "torch"),
        Sample("a row of images", {"axis": 1, "index_dtype": "int64"}, _IMAGE),
        Sample("kept", {"axis": 1, "keepdims": True}, _FIRST, "torch"),
        Sample("ids", {"index_dtype": "int32"}, _IDS, "torch"),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """Without the axis, in `index_dtype`."""
        kind = replace(inputs.first, dtype=self.index_dtype)
        axis = kind.axis(self.axis)
        kept = with_size(kind, axis, 1)
        return {"output": kept if self.keepdims else without_axis(kind, axis)}


@register_op
class TopK(Op):
    """The `k` greatest along the last axis, the greatest first; of equals, the first."""

    label: ClassVar[str] = "top_k"
    leading: ClassVar[str | None] = "k"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=_NUMBERS),)
    spellings = {"dtype": "index_dtype"}

    k: Count
    """How many."""
    index_dtype: IndexType = by_semantics(keras="int32", torch="int64")
    """Of where they are."""

    samples = (
        Sample("classes", 2, (SampleInput((5,)),)),
        Sample("channels first", 3, _FIRST, "torch"),
        Sample(
            "long indices", {"k": 1, "index_dtype": "int64"}, (SampleInput((2, 3)),)
        ),
        Sample("ids", {"k": 2, "index_dtype": "int32"}, _IDS, "torch"),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """`values` and `indices`: the input's shape with `k` as the last size."""
        kind = inputs.first
        last = kind.axis(-1)
        size = kind.shape[-1]
        if not proves_at_least(size, self.k, inputs.sizes):
            hint = "" if isinstance(size, int) else "`dims` bounds a size"
            raise ShapeError(f"top_k: {self.k} of {size} are too many", hint)
        found = with_size(kind, last, self.k)
        return {"values": found, "indices": replace(found, dtype=self.index_dtype)}
