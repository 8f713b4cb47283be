"""What stands between ops: a value's type, and what is bound to an op's inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

from specgraph.ops.dims import Dim
from specgraph.ops.sizes import Bounds

Layout = Literal["channels_last", "channels_first", "none"]
DType = Literal[
    "float32", "float64", "float16", "bfloat16", "int32", "int64", "uint8", "bool"
]
FLOATS = frozenset({"float32", "float64", "float16", "bfloat16"})
INTEGERS = frozenset({"int32", "int64", "uint8"})


class ShapeError(ValueError):
    """Inputs an op cannot take: what was got, and what would be accepted."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class TensorType:
    """A value's type: shape without the batch axis, in the spec's order of axes."""

    shape: tuple[Dim, ...]
    dtype: DType = "float32"
    layout: Layout = "none"

    @property
    def rank(self) -> int:
        """The number of axes, the batch counted."""
        return len(self.shape) + 1

    @property
    def channel_axis(self) -> int:
        """The axis of the channels, the batch counted: 1 if channels_first."""
        return 1 if self.layout == "channels_first" else len(self.shape)

    @property
    def channels(self) -> Dim:
        """The size of the channel axis."""
        return self.shape[self.channel_axis - 1]

    @property
    def spatial(self) -> tuple[Dim, ...]:
        """The sizes of all axes but batch and channels."""
        axis = self.channel_axis - 1
        return self.shape[:axis] + self.shape[axis + 1 :]

    def with_spatial(self, spatial: tuple[Dim, ...], channels: Dim) -> TensorType:
        """The type with other sizes, its channels where they were."""
        if self.layout == "channels_first":
            return replace(self, shape=(channels, *spatial))
        return replace(self, shape=(*spatial, channels))

    def axis(self, axis: int) -> int:
        """An axis as the language numbers it, counted from 0; raises ShapeError."""
        if not self.shape:
            raise ShapeError(f"axis {axis} does not exist in [], one number an example")
        hint = f"axes run from 1 to {self.rank - 1}, or from -1 to {1 - self.rank}"
        if axis in (0, -self.rank):
            raise ShapeError(f"axis {axis} of {self} is the batch", hint)
        if not -self.rank < axis < self.rank:
            raise ShapeError(f"axis {axis} does not exist in {self}", hint)
        return axis % self.rank

    def axes(self, axes: int | tuple[int, ...]) -> tuple[int, ...]:
        """Axes counted from 0, in rising order; raises ShapeError if one comes twice."""
        wanted = (axes,) if isinstance(axes, int) else axes
        found = sorted(self.axis(axis) for axis in wanted)
        if len(set(found)) < len(found):
            raise ShapeError(f"axes {list(wanted)} name one axis of {self} twice")
        return tuple(found)

    def __str__(self) -> str:
        return "[" + ", ".join(str(dim) for dim in self.shape) + "]"


T = TypeVar("T")
U = TypeVar("U")


class Bound(Generic[T]):
    """What stands at an op's inputs: types, values, arrays or expressions, by port.

    `sizes` bounds the named dimensions of the types, for proofs in shape rules.
    """

    __slots__ = ("_ports", "sizes")

    def __init__(
        self,
        ports: Mapping[str, tuple[T, ...]],
        sizes: Mapping[str, Bounds] | None = None,
    ) -> None:
        self._ports = dict(ports)
        self.sizes: Mapping[str, Bounds] = sizes or {}

    @property
    def first(self) -> T:
        """The first of all inputs."""
        return next(iter(self))

    def one(self, port: str) -> T:
        """The value at a port that is surely connected."""
        return self._ports[port][0]

    def maybe(self, port: str) -> T | None:
        """The value at a port, or None where nothing is connected."""
        found = self._ports.get(port, ())
        return found[0] if found else None

    def many(self, port: str) -> tuple[T, ...]:
        """All values at a port, in order."""
        return self._ports.get(port, ())

    def ports(self) -> dict[str, tuple[T, ...]]:
        """The connected ports, in the op's order."""
        return dict(self._ports)

    def __iter__(self) -> Iterator[T]:
        for values in self._ports.values():
            yield from values

    def __len__(self) -> int:
        return sum(len(values) for values in self._ports.values())

    def map(self, convert: Callable[[T], U]) -> Bound[U]:
        """The same ports with every value converted."""
        converted = {
            name: tuple(map(convert, values)) for name, values in self._ports.items()
        }
        return Bound(converted, self.sizes)
