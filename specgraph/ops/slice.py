"""Parts of a value."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from specgraph.definition import CallError, Problem, show
from specgraph.ops.base import (
    ANY_DTYPE,
    INTEGERS,
    Bound,
    Count,
    Op,
    Order,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    listed,
    register_op,
)
from specgraph.ops.dims import Dim, ceil_div, maximum, minimum
from specgraph.ops.proofs import divides, proves_at_least, proves_equal

MOST_PARTS = 256
"""Parts that a split gives at most."""

_ANY = Port("input", dtypes=ANY_DTYPE)
_IMAGE = (SampleInput((4, 5, 6)),)
_FIRST = (SampleInput((6, 4, 5), layout="channels_first"),)


def with_size(kind: TensorType, axis: int, size: Dim) -> TensorType:
    """The type with another size on an axis that is counted from 0."""
    shape = (*kind.shape[: axis - 1], size, *kind.shape[axis:])
    return TensorType(shape, kind.dtype, kind.layout)


def without_axis(kind: TensorType, axis: int) -> TensorType:
    """The type without an axis that is counted from 0; it has no layout."""
    return TensorType((*kind.shape[: axis - 1], *kind.shape[axis:]), kind.dtype)


def check_index(label: str, index: int, size: Dim, inputs: Bound[TensorType]) -> None:
    """Raises ShapeError where a size may be too small for an index from either end."""
    least = index + 1 if index >= 0 else -index
    if proves_at_least(size, least, inputs.sizes):
        return
    hint = ""
    if not isinstance(size, int):
        hint = f"a least size says so, as `dims: {{{size}: {{min: {least}}}}}`"
    raise ShapeError(f"{label}: index {index} needs {least} or more, got {size}", hint)


@register_op
class Slice(Op):
    """A stretch of an axis as Python slices, or one place of it, without the axis."""

    label: ClassVar[str] = "slice"
    order: ClassVar[Order] = "axes"
    ports: ClassVar[tuple[Port, ...]] = (_ANY,)
    spellings = {"dim": "axis", "begin": "start", "end": "stop", "strides": "step"}

    axis: int
    """Along which axis."""
    start: int | None = None
    """The first place, or one from the end if negative; left out, 0."""
    stop: int | None = None
    """The place behind the last one; left out, the end."""
    step: Count = 1
    """From one place to the next."""
    index: int | None = None
    """The only place; the axis goes."""

    samples = (
        Sample("first of a sequence", {"axis": 1, "index": 0}, (SampleInput((4, 3)),)),
        Sample("last, any length", {"axis": 1, "index": -1}, (SampleInput(("t", 3)),)),
        Sample("a stretch", {"axis": -1, "start": 1, "stop": -1}, _IMAGE),
        Sample("a row", {"axis": 1, "index": 2}, _IMAGE),
        Sample("with gaps", {"axis": 2, "start": 1, "step": 2}, _FIRST, "torch"),
        Sample("a column", {"axis": 3, "index": 1}, _FIRST, "torch"),
        Sample("a channel", {"axis": 1, "index": 3}, _FIRST, "torch"),
        Sample(
            "all but the first, any length",
            {"axis": 1, "start": 1},
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "the last ones, any length",
            {"axis": 1, "start": -2},
            (SampleInput(("time", 3), "int32", range=(0, 9)),),
        ),
        Sample("at most, any length", {"axis": 1, "stop": 4}, (SampleInput(("t",)),)),
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        stretch = self.start is not None or self.stop is not None or self.step != 1
        if self.index is not None and stretch:
            message = (
                "slice: `index` is one place, it goes without start, stop and step"
            )
            raise CallError(Problem("bad-value", message, ("index",)))
        return self

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The size along the axis is that of the stretch; an `index` takes it away."""
        kind = inputs.first
        axis = kind.axis(self.axis)
        size = kind.shape[axis - 1]
        if self.index is not None:
            check_index(f"slice of axis {axis}", self.index, size, inputs)
            return {"output": without_axis(kind, axis)}
        length = self._length(size)
        if isinstance(length, int) and length < 1:
            said = f"{self.start or 0}:{'' if self.stop is None else self.stop}"
            raise ShapeError(f"slice: nothing of axis {axis} of {kind} is in {said}")
        return {"output": with_size(kind, axis, length)}

    def _length(self, size: Dim) -> Dim:
        """How many places there are; where the size is a name, none may be left out."""
        start, stop = self.start or 0, self.stop
        if isinstance(size, int):
            return len(range(size)[start : stop : self.step])
        end: Dim = size
        if stop is not None:
            end = size + stop if stop < 0 else minimum(stop, size)
        found: Dim
        if start >= 0:
            found = end - start
        elif stop is None or stop < 0:
            found = minimum((stop or 0) - start, end)
        else:
            found = end - maximum(size + start, 0)
        return ceil_div(found, self.step)


def _sizes(value: int | tuple[int, ...]) -> int | tuple[int, ...]:
    sizes = value if isinstance(value, tuple) else (value,)
    count = len(value) if isinstance(value, tuple) else value
    if any(size < 1 for size in sizes) or not 1 <= count <= MOST_PARTS:
        raise ValueError(
            f"1 to {MOST_PARTS} parts, or a list of their positive sizes, "
            f"got {show(value)}"
        )
    return value


@register_op
class Split(Op):
    """An axis cut into parts; they are the outputs `0`, `1`, …"""

    label: ClassVar[str] = "split"
    leading: ClassVar[str | None] = "sections"
    order: ClassVar[Order] = "axes"
    ports: ClassVar[tuple[Port, ...]] = (_ANY,)
    spellings = {
        "dim": "axis",
        "num_or_size_splits": "sections",
        "indices_or_sections": "sections",
        "split_size_or_sections": "sections",
        "chunks": "sections",
    }

    sections: Annotated[
        int | tuple[int, ...], BeforeValidator(listed), AfterValidator(_sizes)
    ]
    """A number of equal parts, or the size of each."""
    axis: int | None = None
    """Along which axis; left out, the channels."""

    samples = (
        Sample("halves", 2, (SampleInput((4, 6)),)),
        Sample("sizes", [1, 2, 3], (SampleInput((4, 6)),)),
        Sample("channels", 3, _IMAGE),
        Sample("rows", {"sections": (1, 3), "axis": 1}, _IMAGE),
        Sample("channels first", 2, _FIRST, "torch"),
        Sample("one part", {"sections": 1, "axis": 1}, (SampleInput(("time", 3)),)),
    )

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The channel axis is filled in."""
        if self.axis is not None:
            return self
        first = inputs.first.layout == "channels_first"
        return self.filled(axis=1 if first else -1)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's shape with each part's size on the axis."""
        kind = inputs.first
        channels = kind.channel_axis if kind.shape else -1
        axis = kind.axis(channels if self.axis is None else self.axis)
        sizes = self.sizes(kind.shape[axis - 1], inputs)
        return {str(n): with_size(kind, axis, size) for n, size in enumerate(sizes)}

    def sizes(self, size: Dim, inputs: Bound[TensorType]) -> tuple[Dim, ...]:
        """The size of each part; raises ShapeError where they do not add up."""
        parts = self.sections
        if isinstance(parts, int):
            if not divides(parts, size, inputs.sizes):
                raise ShapeError(f"split: {size} is not a multiple of {parts}")
            return (size // parts,) * parts
        if not proves_equal(size, sum(parts), inputs.sizes):
            raise ShapeError(f"split: {list(parts)} add up to {sum(parts)}, not {size}")
        return parts


Index = Annotated[int, Field(ge=0, lt=2**31)]
Indices = Annotated[tuple[Index, ...], BeforeValidator(listed), Field(min_length=1)]


@register_op
class Gather(Op):
    """Chosen places of an axis, by fixed numbers or by those that `indices` holds.

    Of one number an example (`[]`) the axis goes; several (`[n]`) take its place.
    Indices of the input's rank choose element by element, along the axis.  They count
    from 0 and lie below the axis's size.
    """

    label: ClassVar[str] = "gather"
    order: ClassVar[Order] = "axes"
    ports: ClassVar[tuple[Port, ...]] = (
        _ANY,
        Port("indices", least=0, dtypes=INTEGERS),
    )
    spellings = {"dim": "axis", "index": "indices"}

    axis: int = 1
    """Along which axis."""
    indices: Indices | None = None
    """The places; left out, an input has them."""

    samples = (
        Sample("fixed", {"indices": (0, 2, 2), "axis": -1}, (SampleInput((4, 3)),)),
        Sample("channels first", {"indices": (5, 1)}, _FIRST, "torch"),
        Sample(
            "positions, any length",
            None,
            (
                SampleInput(("time", 3)),
                SampleInput((4,), "int32", port="indices", range=(0, 1)),
            ),
        ),
        Sample(
            "columns of an image",
            {"axis": 2},
            (
                SampleInput((4, 5, 6)),
                SampleInput((3,), "int64", port="indices", range=(0, 5)),
            ),
        ),
        Sample(
            "one row",
            None,
            (
                SampleInput((4, 5, 6)),
                SampleInput((), "int32", port="indices", range=(0, 4)),
            ),
        ),
        Sample(
            "one number",
            None,
            (SampleInput((4,)), SampleInput((), "int32", port="indices", range=(0, 4))),
        ),
        Sample(
            "element by element",
            {"axis": 1},
            (
                SampleInput((4, 5, 6)),
                SampleInput((2, 5, 6), "int32", port="indices", range=(0, 4)),
            ),
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's shape with as many places on the axis as there are indices."""
        kind = inputs.one("input")
        axis = kind.axis(self.axis)
        chosen = inputs.maybe("indices")
        if (chosen is None) == (self.indices is None):
            raise ShapeError(
                "gather takes its indices from an input or as an attribute, "
                f"got {'neither' if chosen is None else 'both'}"
            )
        if self.indices is not None:
            check_index("gather", max(self.indices), kind.shape[axis - 1], inputs)
            return {"output": with_size(kind, axis, len(self.indices))}
        assert chosen is not None
        if not chosen.shape:
            return {"output": without_axis(kind, axis)}
        self._check(kind, chosen, axis, inputs)
        size = chosen.shape[0 if len(chosen.shape) == 1 else axis - 1]
        return {"output": with_size(kind, axis, size)}

    def _check(
        self,
        kind: TensorType,
        chosen: TensorType,
        axis: int,
        inputs: Bound[TensorType],
    ) -> None:
        if len(chosen.shape) == 1:
            return
        alike = len(chosen.shape) == len(kind.shape) and all(
            place == axis or proves_equal(a, b, inputs.sizes)
            for place, (a, b) in enumerate(
                zip(kind.shape, chosen.shape, strict=True), 1
            )
        )
        if not alike:
            raise ShapeError(
                f"gather: indices are [], [n], or of the input's shape but for axis "
                f"{axis}, got {chosen} for {kind}"
            )
