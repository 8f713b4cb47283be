"""Other shapes for the same elements."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator

from specgraph.ops.base import (
    ANY_DTYPE,
    Bound,
    Op,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    listed,
    one_or_more,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.proofs import divides, proves_equal

ANY_INPUT = (Port("input", dtypes=ANY_DTYPE),)


def _target(value: tuple[int, ...]) -> tuple[int, ...]:
    if any(size < 1 and size != -1 for size in value) or value.count(-1) > 1:
        raise ValueError("sizes must be positive, and one of them may be -1")
    return value


def _order(value: tuple[int, ...]) -> tuple[int, ...]:
    if sorted(value) != list(range(1, len(value) + 1)):
        raise ValueError(
            f"the axes 1 to {len(value)} must each come once, got {list(value)}"
        )
    return value


def new_axis(label: str, axis: int, kind: TensorType) -> int:
    """Where a type gets one more axis, counted from 0; raises ShapeError."""
    rank = kind.rank + 1
    hint = f"axes of the output run from 1 to {rank - 1}, or from -1 to {1 - rank}"
    if axis in (0, -rank):
        raise ShapeError(f"{label}: axis {axis} is the batch", hint)
    if not -rank < axis < rank:
        message = f"{label}: axis {axis} does not exist in {kind} with one more"
        raise ShapeError(message, hint)
    return axis % rank


@register_op
class Flatten(Op):
    """All axes in one, in the spec's order."""

    label: ClassVar[str] = "flatten"
    ports: ClassVar[tuple[Port, ...]] = ANY_INPUT
    samples = (
        Sample("image", None, (SampleInput((4, 3, 5)),)),
        Sample(
            "channels first",
            None,
            (SampleInput((4, 3, 5), layout="channels_first"),),
            "torch",
        ),
        Sample("any length", None, (SampleInput(("time", 3)),)),
        Sample("one number", None, (SampleInput(()),)),
        Sample("flags", None, (SampleInput((3, 2), "bool"),)),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """[product of the sizes], without layout."""
        found = inputs.first
        return {"output": TensorType((product(found.shape),), found.dtype)}


@register_op
class Reshape(Op):
    """The same elements in the spec's order, in another shape."""

    label: ClassVar[str] = "reshape"
    leading: ClassVar[str | None] = "target_shape"
    ports: ClassVar[tuple[Port, ...]] = ANY_INPUT
    spellings = {"shape": "target_shape", "size": "target_shape"}

    target_shape: Annotated[
        tuple[int, ...],
        BeforeValidator(one_or_more, json_schema_input_type=int | tuple[int, ...]),
        AfterValidator(_target),
    ]
    """The shape without the batch; one size may be -1, and is what is left."""

    samples = (
        Sample("to an image", (2, 3, 4), (SampleInput((24,)),)),
        Sample("what is left", (4, -1), (SampleInput((2, 3, 4)),)),
        Sample("any length", (-1, 6), (SampleInput(("time", 2, 3)),)),
        Sample(
            "channels first",
            (5, 12),
            (SampleInput((4, 3, 5), layout="channels_first"),),
            "torch",
        ),
        Sample("ids", -1, (SampleInput((3, 2), "int32", range=(0, 9)),)),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The target shape, without layout."""
        found = inputs.first
        whole = product(found.shape)
        known = product(size for size in self.target_shape if size != -1)
        if -1 in self.target_shape:
            if not divides(known, whole, inputs.sizes):
                raise ShapeError(
                    f"reshape: {found} has {whole} elements, not a multiple of {known}"
                )
            left = whole // known
            shape = tuple(left if size == -1 else size for size in self.target_shape)
            return {"output": TensorType(shape, found.dtype)}
        if not proves_equal(whole, known, inputs.sizes):
            raise ShapeError(
                f"reshape: {found} has {whole} elements, "
                f"{list(self.target_shape)} has {known}",
                "" if isinstance(whole, int) else "write -1 for the size that varies",
            )
        return {"output": TensorType(self.target_shape, found.dtype)}


@register_op
class Permute(Op):
    """The axes in another order: output axis i is input axis dims[i], from 1."""

    label: ClassVar[str] = "permute"
    leading: ClassVar[str | None] = "dims"
    ports: ClassVar[tuple[Port, ...]] = ANY_INPUT
    spellings = {"perm": "dims", "order": "dims", "axes": "dims"}

    dims: Annotated[
        tuple[int, ...],
        BeforeValidator(one_or_more, json_schema_input_type=int | tuple[int, ...]),
        AfterValidator(_order),
    ]
    """The input's axes in their new order, counted from 1; the batch stays first."""

    samples = (
        Sample("two axes, any length", (2, 1), (SampleInput(("time", 3)),)),
        Sample("image", (3, 1, 2), (SampleInput((4, 3, 5)),)),
        Sample(
            "channels first",
            (2, 3, 1),
            (SampleInput((4, 3, 5), layout="channels_first"),),
            "torch",
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The permuted shape, without layout."""
        found = inputs.first
        if len(self.dims) != len(found.shape):
            raise ShapeError(
                f"permute: {list(self.dims)} orders {len(self.dims)} axes, "
                f"{found} has {len(found.shape)}"
            )
        shape = tuple(found.shape[axis - 1] for axis in self.dims)
        return {"output": TensorType(shape, found.dtype)}


@register_op
class ExpandDims(Op):
    """A new axis of size 1, at `axis` of the output."""

    label: ClassVar[str] = "expand_dims"
    leading: ClassVar[str | None] = "axis"
    ports: ClassVar[tuple[Port, ...]] = ANY_INPUT
    spellings = {"dim": "axis"}

    axis: int
    """Where the new axis is, counted in the output with the batch as 0, or from -1."""

    samples = (
        Sample("last, any size", -1, (SampleInput(("height", 3)),)),
        Sample("first", 1, (SampleInput((4, 3)),)),
        Sample(
            "channels first",
            2,
            (SampleInput((4, 3), layout="channels_first"),),
            "torch",
        ),
        Sample("one number", {"axis": 1}, (SampleInput(()),)),
    )

    def place(self, kind: TensorType) -> int:
        """Where the new axis is, counted from 0; raises ShapeError."""
        return new_axis("expand_dims", self.axis, kind)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """One axis more, without layout."""
        found = inputs.first
        at = self.place(found) - 1
        shape = (*found.shape[:at], 1, *found.shape[at:])
        return {"output": TensorType(shape, found.dtype)}


@register_op
class Squeeze(Op):
    """Without some axes of size 1."""

    label: ClassVar[str] = "squeeze"
    leading: ClassVar[str | None] = "axis"
    ports: ClassVar[tuple[Port, ...]] = ANY_INPUT
    spellings = {"dim": "axis"}

    axis: Annotated[int | tuple[int, ...] | None, BeforeValidator(listed)] = None
    """The axes that go; left out, every axis of size 1 but the batch."""

    samples = (
        Sample("all", None, (SampleInput((1, 3, 1)),)),
        Sample("one, any size", -1, (SampleInput(("time", 1)),)),
        Sample(
            "channels first",
            {"axis": (1, 3)},
            (SampleInput((1, 3, 1, 5), layout="none"),),
            "torch",
        ),
    )

    def places(self, kind: TensorType) -> tuple[int, ...]:
        """The axes that go, counted from 0; raises ShapeError."""
        if self.axis is not None:
            return kind.axes(self.axis)
        return tuple(axis for axis, size in enumerate(kind.shape, 1) if size == 1)

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The axes are filled in."""
        if self.axis is not None:
            return self
        return self.filled(axis=self.places(inputs.first))

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The axes that stay, without layout."""
        found = inputs.first
        gone = self.places(found)
        for axis in gone:
            if found.shape[axis - 1] != 1:
                raise ShapeError(
                    f"squeeze: axis {axis} of {found} has size "
                    f"{found.shape[axis - 1]}, not 1"
                )
        kept: list[Dim] = [
            size for axis, size in enumerate(found.shape, 1) if axis not in gone
        ]
        return {"output": TensorType(tuple(kept), found.dtype)}
