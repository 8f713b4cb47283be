"""What an op is: attributes, inputs, weights, the shape rule, and small samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    Self,
    TypeVar,
)

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from specgraph.definition import (
    CallError,
    Definition,
    Family,
    Problem,
    Semantics,
    semantics_of,
    split_call,
)
from specgraph.diagnostics import closest
from specgraph.ops.dims import Dim
from specgraph.ops.sizes import Bounds
from specgraph.training.initializers import FanInUniform, Initializer
from specgraph.training.regularizers import Regularizer

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
        if axis == 0 or axis == -self.rank:
            raise ShapeError(
                "axis 0 is the batch", f"axes run from 1 to {self.rank - 1}, or -1 back"
            )
        if not -self.rank < axis < self.rank:
            raise ShapeError(
                f"axis {axis} does not exist in {self}",
                f"axes run from 1 to {self.rank - 1}, or from -1 to {1 - self.rank}",
            )
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


@dataclass(frozen=True, slots=True)
class Port:
    """A named input of an op."""

    name: str
    least: int = 1
    most: int | None = 1
    dtypes: frozenset[str] = FLOATS

    @property
    def optional(self) -> bool:
        """Whether nothing need be connected."""
        return self.least == 0


INPUT = Port("input")
MASK = Port("mask", least=0, dtypes=frozenset({"bool"}))
ANY_DTYPE = FLOATS | INTEGERS | {"bool"}


@dataclass(frozen=True, slots=True)
class Param:
    """A weight or buffer of an op, with canonical axes (those of Keras's layer).

    `gates` names equal blocks along the last axis: in memory they are one tensor, in
    the canonical file one tensor each. `initializer` draws the tensor as a whole; then
    `gate_initializers` fills the blocks it names.
    """

    name: str
    shape: tuple[int, ...]
    initializer: Initializer
    trainable: bool = True
    regularizer: Regularizer | None = None
    gates: tuple[str, ...] = ()
    gate_initializers: tuple[tuple[str, Initializer], ...] = ()

    def with_fan(self, fan: int) -> Param:
        """The parameter, its initializer told the layer's fan where it left that open."""
        initializer = self.initializer
        if not isinstance(initializer, FanInUniform) or initializer.fan is not None:
            return self
        return replace(self, initializer=initializer.model_copy(update={"fan": fan}))

    @property
    def size(self) -> int:
        """The number of elements."""
        total = 1
        for dim in self.shape:
            total *= dim
        return total


Order = Literal["spatial", "axes", "elementwise", "ordered"]
"""How an op stands to the physical order of its input's axes (`lower/layout.py`):
`spatial` wants the framework's native order, `axes` takes any and remaps its axis
attributes, `elementwise` any if all operands share it, `ordered` the spec's own."""


@dataclass(frozen=True, slots=True)
class SampleInput:
    """One input of a sample: shape without batch, as an `inputs` entry of a spec."""

    shape: tuple[int | str, ...]
    dtype: DType = "float32"
    layout: Layout | None = None
    port: str = "input"
    range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A small use of an op that every conformance test runs; sizes pairwise distinct.

    `call` is what stands behind the op's name in YAML.
    """

    name: str
    call: object = None
    inputs: tuple[SampleInput, ...] = ()
    semantics: Semantics = "keras"
    trainable: bool = True


def default(value: object, **constraints: Any) -> Any:
    """A field whose default is written as in YAML, and validated like it."""
    return Field(default=value, validate_default=True, **constraints)


Count = Annotated[int, Field(ge=1)]
"""A positive integer."""
Fraction = Annotated[float, Field(ge=0, le=1)]
"""A number from 0 to 1."""


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Axes = Annotated[int | tuple[int, ...], BeforeValidator(_listed)]
"""An axis or a list of axes, numbered with the batch as 0, or back from -1."""


class Op(Definition):
    """The meaning of a layer.  Attributes are fields; `infer` is the shape rule."""

    ports: ClassVar[tuple[Port, ...]] = (INPUT,)
    samples: ClassVar[tuple[Sample, ...]] = ()
    order: ClassVar[Order] = "ordered"
    random: ClassVar[bool] = False
    """Whether a training step draws random numbers."""

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The op with every attribute that depends on its inputs filled in."""
        return self

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """The weights, in the order of Keras's layer; raises ShapeError."""
        return ()

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The outputs' types by name; raises ShapeError."""
        raise NotImplementedError

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """Multiply-adds of one example's forward pass; 0 for what multiplies nothing."""
        return 0

    def filled(self, **attributes: object) -> Self:
        """The op with some attributes replaced; values must be valid already."""
        return self.model_copy(update=attributes)

    @classmethod
    def fixed(cls, dim: Dim, what: str) -> int:
        """A size on which the shape of a weight depends; raises ShapeError."""
        if isinstance(dim, int):
            return dim
        raise ShapeError(
            f"{cls.label} needs a fixed number of {what}, got {dim}",
            "weights have the same size for every input",
        )


OPS: Family[Op] = Family(
    "op",
    spellings={
        "linear_layer": "dense",
        "fully_connected": "dense",
        "fc": "dense",
        "conv": "conv2d",
        "convolution2d": "conv2d",
        "batchnorm2d": "batch_norm",
        "batch_normalization": "batch_norm",
        "layer_normalization": "layer_norm",
        "avg_pool2d": "average_pool2d",
        "avg_pool1d": "average_pool1d",
        "max_pooling2d": "max_pool2d",
        "max_pooling1d": "max_pool1d",
        "average_pooling2d": "average_pool2d",
        "global_average_pooling2d": "global_average_pool2d",
        "global_max_pooling2d": "global_max_pool2d",
        "adaptive_avg_pool2d": "global_average_pool2d",
        "rnn": "simple_rnn",
        "mul": "multiply",
        "sum": "add",
        "concatenate": "concat",
        "cat": "concat",
        "swish": "silu",
        "zero_padding2d": "zero_pad2d",
        "zero_padding1d": "zero_pad1d",
        "view": "reshape",
        "unsqueeze": "expand_dims",
        "transpose": "permute",
    },
)


def register_op(cls: type[Op]) -> type[Op]:
    """Adds an op to the language; refuses one without samples or shape rule."""
    if cls.infer is Op.infer:
        raise TypeError(f"op {cls.label!r} has no shape rule")
    if not cls.samples:
        raise TypeError(f"op {cls.label!r} has no samples")
    return OPS.register(cls)


class Activation(Op):
    """An op that may also stand as another op's `activation`.

    `inline` holds defaults for that place, by semantics, where the framework's
    activation function has other ones than its layer.
    """

    order: ClassVar[Order] = "elementwise"
    inline: ClassVar[Mapping[Semantics, Mapping[str, object]]] = {}

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        return {"output": inputs.first}


def _activation(value: object, info: ValidationInfo) -> Activation | None:
    if value is None or isinstance(value, Activation):
        return value
    semantics = semantics_of(info)
    name, argument = split_call(value, "activation")
    op = OPS.get(name)
    if op is None or not issubclass(op, Activation):
        raise CallError(_no_activation(name))
    attributes = {**op.inline.get(semantics, {}), **op.attributes_of(argument)}
    try:
        found = op.build(attributes, semantics)
    except CallError as error:
        if isinstance(value, str):
            raise
        inner = [replace(p, path=(name, *p.path)) for p in error.problems]
        raise CallError(*inner) from None
    return None if found.label == "linear" else found


def _no_activation(name: str) -> Problem:
    if name in OPS:
        return Problem("bad-value", f"{name} is an op but not an activation")
    known = [op.label for op in OPS if issubclass(op, Activation)]
    near = closest(name, known, OPS.spellings)
    hint = f"did you mean {near!r}?" if near else f"known: {', '.join(sorted(known))}"
    return Problem("unknown-activation", f"unknown activation {name!r}", (), hint)


def activated(activation: Activation | None, kind: TensorType) -> TensorType:
    """The type of a layer's result after its `activation`; raises ShapeError."""
    if activation is None:
        return kind
    return activation.infer(Bound({"input": (kind,)}))["output"]


ActivationField = Annotated[
    Activation | None,
    PlainValidator(_activation),
    WithJsonSchema({"$ref": "#/$defs/activation"}),
]
"""An activation by name or call; None is the identity."""
