"""What an op is: attributes, inputs, weights, the shape rule, and small samples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Self,
)

from pydantic import (
    AfterValidator,
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
from specgraph.ops.rooms import ROOMS
from specgraph.ops.spellings import SPELLINGS
from specgraph.ops.tensor import (
    FLOATS,
    INTEGERS,
    Bound,
    DType,
    Layout,
    ShapeError,
    TensorType,
)
from specgraph.training.constraints import Constraint
from specgraph.training.initializers import FanInUniform, Initializer
from specgraph.training.regularizers import Regularizer

__all__ = [
    "ANY_DTYPE",
    "FLOATS",
    "INPUT",
    "INTEGERS",
    "MASK",
    "OPS",
    "Activation",
    "ActivationField",
    "Axes",
    "Bound",
    "Count",
    "DType",
    "Fraction",
    "Layout",
    "Op",
    "Order",
    "Param",
    "Port",
    "Sample",
    "SampleInput",
    "ShapeError",
    "TensorType",
    "activated",
    "default",
    "listed",
    "one_or_more",
    "register_op",
]


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
    constraint: Constraint | None = None
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
        return math.prod(map(int, self.shape))


Order = Literal["spatial", "axes", "elementwise", "ordered", "held", "steps"]
"""How an op stands to the physical order of its input's axes (`lower/layout.py`):
`spatial` wants the framework's native order, `axes` takes any and remaps its axis
attributes, `elementwise` any if all operands share it, `ordered` the spec's own;
`held` stands as the op does that it holds, `steps` so behind the first axis."""


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


def listed(value: object) -> object:
    """A list as a tuple, and whatever else as it is."""
    return tuple(value) if isinstance(value, list) else value


def one_or_more(value: object) -> object:
    """An integer as a tuple of one, a list as a tuple, and whatever else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    return listed(value)


def _some(value: int | tuple[int, ...]) -> int | tuple[int, ...]:
    if value == ():
        raise ValueError("at least one axis is needed, got []")
    return value


Axes = Annotated[int | tuple[int, ...], BeforeValidator(listed), AfterValidator(_some)]
"""An axis or a list of axes, numbered with the batch as 0, or back from -1."""


class Op(Definition):
    """The meaning of a layer.  Attributes are fields; `infer` is the shape rule."""

    ports: ClassVar[tuple[Port, ...]] = (INPUT,)
    samples: ClassVar[tuple[Sample, ...]] = ()
    order: ClassVar[Order] = "ordered"
    held: ClassVar[str | None] = None
    """The attribute that holds the call of another op."""
    flat: ClassVar[bool] = False
    """Whether its slope is 0 everywhere: TensorFlow has no gradient there at all."""
    random: ClassVar[bool] = False
    """Whether a training step draws random numbers."""
    normal: ClassVar[bool] = False
    """Whether those are normal numbers; otherwise they say what is kept."""
    rules_in: ClassVar[str | None] = None
    """The file of its rules, for an op that no file of `specgraph.ops` defines."""

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The op with every attribute that depends on its inputs filled in."""
        return self

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """The weights, in the order of Keras's layer; raises ShapeError."""
        return ()

    def weight(
        self, name: str, shape: tuple[int, ...], of: str = "", **more: Any
    ) -> Param:
        """A weight of which the attributes that begin with `of`, or its name, speak."""
        said = {
            word: getattr(self, f"{of or name}_{word}")
            for word in ("initializer", "regularizer", "constraint")
        }
        return Param(name, shape, **{**said, **more})

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The outputs' types by name; raises ShapeError."""
        raise NotImplementedError

    def drawn(self, inputs: Bound[tuple[int, ...]]) -> tuple[int, ...]:
        """The shape of what a training step draws, by the inputs' shapes with batch."""
        return inputs.first

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """Multiply-adds of one example's forward pass; 0 for what multiplies nothing."""
        return 0

    @property
    def last(self) -> Activation | None:
        """The activation that gives the output its values, if there is one."""
        found = getattr(self, "activation", None)
        return found if isinstance(found, Activation) else None

    def bare(self) -> Self:
        """The op without that activation."""
        return self.filled(activation=None)

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
    spellings=SPELLINGS,
    homes={
        label: f"{__package__}.{room}"
        for room, labels in ROOMS.items()
        for label in labels.split()
    },
)


def register_op(cls: type[Op]) -> type[Op]:
    """Adds an op to the language; refuses one without samples or shape rule."""
    if cls.infer is Op.infer:
        raise TypeError(f"op {cls.label!r} has no shape rule")
    if not cls.samples:
        raise TypeError(f"op {cls.label!r} has no samples")
    if cls.__module__.startswith(f"{__package__}.") and cls.label not in OPS.homes:
        raise TypeError(f"op {cls.label!r} is not listed in {__package__}.rooms")
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
