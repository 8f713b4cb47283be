"""What a weight is before training: the initializers of Keras and torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from specgraph.definition import (
    CallError,
    Definition,
    Family,
    Problem,
    by_semantics,
    semantics_of,
)

TRUNCATED_STDDEV = 0.87962566103423978
"""The standard deviation of the standard normal distribution cut at ±2."""

Axes = tuple[int, ...]


class Initializer(Definition):
    """A distribution, or a rule, that fills a weight of a given shape."""

    random: ClassVar[bool] = True
    of_tables: ClassVar[bool] = False
    """Whether it fills tables and values alone, no kernels and no biases."""

    def problem(self, shape: Sequence[int]) -> Problem | None:
        """Why a weight of this canonical shape cannot be filled, or None."""
        return None


INITIALIZERS: Family[Initializer] = Family(
    "initializer",
    spellings={
        "zero": "zeros",
        "one": "ones",
        "fill": "constant",
        "normal": "random_normal",
        "gaussian": "random_normal",
        "uniform": "random_uniform",
        "trunc_normal": "truncated_normal",
        "xavier_uniform": "glorot_uniform",
        "xavier_normal": "glorot_normal",
        "kaiming_uniform": "he_uniform",
        "kaiming_normal": "he_normal",
        "eye": "identity",
    },
)


def _initializer(value: object, info: ValidationInfo) -> Initializer:
    if isinstance(value, Initializer):
        return value
    return INITIALIZERS.parse(value, semantics_of(info))


InitializerField = Annotated[
    Initializer,
    PlainValidator(_initializer),
    WithJsonSchema({"$ref": "#/$defs/initializer"}),
]
"""An initializer by name or call."""


def fans(
    shape: Sequence[int],
    input_axes: Axes | None = None,
    output_axes: Axes | None = None,
) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight of this canonical shape.

    As `compute_fans` of keras/src/initializers/random_initializers.py: the last axis
    is the output, the one before it the input, all others the receptive field.
    """
    if input_axes is not None and output_axes is not None:
        return (
            math.prod(shape[axis] for axis in input_axes),
            math.prod(shape[axis] for axis in output_axes),
        )
    if len(shape) < 2:
        size = math.prod(shape)
        return size, size
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


@INITIALIZERS.register
class Zeros(Initializer):
    """Every element 0."""

    label: ClassVar[str] = "zeros"
    random: ClassVar[bool] = False


@INITIALIZERS.register
class Ones(Initializer):
    """Every element 1."""

    label: ClassVar[str] = "ones"
    random: ClassVar[bool] = False


@INITIALIZERS.register
class Constant(Initializer):
    """Every element `value`."""

    label: ClassVar[str] = "constant"
    leading: ClassVar[str | None] = "value"
    random: ClassVar[bool] = False

    value: float = 0.0
    """What every element is."""


@INITIALIZERS.register
class RandomNormal(Initializer):
    """N(mean, stddev²), not cut."""

    label: ClassVar[str] = "random_normal"
    leading: ClassVar[str | None] = "stddev"
    spellings: ClassVar[Mapping[str, str]] = {"std": "stddev"}

    mean: float = 0.0
    """The mean."""
    stddev: float = by_semantics(keras=0.05, torch=1.0, ge=0)
    """The standard deviation."""


@INITIALIZERS.register
class TruncatedNormal(Initializer):
    """N(mean, stddev²), what lies beyond two `stddev` from the mean drawn again.

    `stddev` is that of the normal before the cut, as in Keras; what remains has
    0.8796 of it.
    """

    label: ClassVar[str] = "truncated_normal"
    leading: ClassVar[str | None] = "stddev"
    spellings: ClassVar[Mapping[str, str]] = {"std": "stddev"}

    mean: float = 0.0
    """The mean."""
    stddev: float = by_semantics(keras=0.05, torch=1.0, ge=0)
    """The standard deviation before the cut."""


@INITIALIZERS.register
class RandomUniform(Initializer):
    """U(minval, maxval)."""

    label: ClassVar[str] = "random_uniform"
    spellings: ClassVar[Mapping[str, str]] = {
        "low": "minval",
        "high": "maxval",
        "a": "minval",
        "b": "maxval",
    }

    minval: float = by_semantics(keras=-0.05, torch=0.0)
    """The least value."""
    maxval: float = by_semantics(keras=0.05, torch=1.0)
    """The greatest value."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minval > self.maxval:
            message = f"minval {self.minval:g} lies above maxval {self.maxval:g}"
            raise CallError(Problem("bad-value", message, ("minval",)))
        return self


Mode = Literal["fan_in", "fan_out", "fan_avg"]
Distribution = Literal["uniform", "truncated_normal", "untruncated_normal"]
Means = tuple[float, Mode, Distribution]


def _axes(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


AxesField = Annotated[Axes | None, BeforeValidator(_axes)]


def _distribution(value: object) -> object:
    """Keras's short word for the distribution as its long one."""
    return "truncated_normal" if value == "normal" else value


class FanScaled(Initializer):
    """An initializer whose spread follows from the weight's fans."""

    def scaling(self) -> VarianceScaling:
        """The `variance_scaling` that this is, or is a name for."""
        raise NotImplementedError

    def over(self, input_axes: Axes, output_axes: Axes) -> VarianceScaling:
        """The same with fans of these axes, for a weight whose shape does not say."""
        axes = {"input_axes": input_axes, "output_axes": output_axes}
        return self.scaling().model_copy(update=axes)


@INITIALIZERS.register
class VarianceScaling(FanScaled):
    """Variance `scale` / n, n the fan that `mode` names (He et al., 2015).

    `uniform` is U(-a, a) with a = sqrt(3 scale / n); `truncated_normal` is cut at two
    standard deviations of the normal that makes its own exactly sqrt(scale / n).
    """

    label: ClassVar[str] = "variance_scaling"
    leading: ClassVar[str | None] = "scale"

    scale: float = Field(default=1.0, gt=0)
    """n times the variance."""
    mode: Mode = "fan_in"
    """What n is."""
    distribution: Annotated[
        Distribution,
        BeforeValidator(
            _distribution, json_schema_input_type=Distribution | Literal["normal"]
        ),
    ] = "truncated_normal"
    """The shape of the distribution; `normal` means `truncated_normal`."""
    input_axes: AxesField = None
    """The axes that make up fan_in, where the shape alone does not say."""
    output_axes: AxesField = None
    """The axes that make up fan_out, where the shape alone does not say."""

    @model_validator(mode="after")
    def _both(self) -> Self:
        names = ("input_axes", "output_axes")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) == 1:
            message = "input_axes and output_axes go together"
            raise CallError(Problem("bad-value", message, (given[0],)))
        return self

    def problem(self, shape: Sequence[int]) -> Problem | None:
        """A fan is made of axes that the weight has."""
        for axis in (*(self.input_axes or ()), *(self.output_axes or ())):
            if not -len(shape) <= axis < len(shape):
                message = f"variance_scaling: no axis {axis} in {list(shape)}"
                return Problem("bad-value", message)
        return None

    def scaling(self) -> VarianceScaling:
        """Itself."""
        return self

    def fan(self, shape: Sequence[int]) -> float:
        """n for a weight of this canonical shape, at least 1."""
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        choices = {
            "fan_in": fan_in,
            "fan_out": fan_out,
            "fan_avg": (fan_in + fan_out) / 2,
        }
        return max(1.0, choices[self.mode])

    def spread(self, shape: Sequence[int]) -> float:
        """The bound of the uniform, or the standard deviation of the normal uncut."""
        variance = self.scale / self.fan(shape)
        if self.distribution == "uniform":
            return math.sqrt(3 * variance)
        if self.distribution == "truncated_normal":
            return math.sqrt(variance) / TRUNCATED_STDDEV
        return math.sqrt(variance)


class _Named(FanScaled):
    """A `variance_scaling` with a name of its own."""

    means: ClassVar[Means]

    def scaling(self) -> VarianceScaling:
        """The `variance_scaling` that this is a name for."""
        scale, mode, distribution = self.means
        return VarianceScaling(scale=scale, mode=mode, distribution=distribution)


@INITIALIZERS.register
class GlorotUniform(_Named):
    """U(-a, a) with a = sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio, 2010)."""

    label: ClassVar[str] = "glorot_uniform"
    means: ClassVar[Means] = (1.0, "fan_avg", "uniform")


@INITIALIZERS.register
class GlorotNormal(_Named):
    """Truncated normal of variance 2 / (fan_in + fan_out) (Glorot & Bengio, 2010)."""

    label: ClassVar[str] = "glorot_normal"
    means: ClassVar[Means] = (1.0, "fan_avg", "truncated_normal")


@INITIALIZERS.register
class HeUniform(_Named):
    """U(-a, a) with a = sqrt(6 / fan_in) (He et al., 2015)."""

    label: ClassVar[str] = "he_uniform"
    means: ClassVar[Means] = (2.0, "fan_in", "uniform")


@INITIALIZERS.register
class HeNormal(_Named):
    """Truncated normal of variance 2 / fan_in (He et al., 2015)."""

    label: ClassVar[str] = "he_normal"
    means: ClassVar[Means] = (2.0, "fan_in", "truncated_normal")


@INITIALIZERS.register
class LecunUniform(_Named):
    """U(-a, a) with a = sqrt(3 / fan_in) (LeCun et al., 1998)."""

    label: ClassVar[str] = "lecun_uniform"
    means: ClassVar[Means] = (1.0, "fan_in", "uniform")


@INITIALIZERS.register
class LecunNormal(_Named):
    """Truncated normal of variance 1 / fan_in (LeCun et al., 1998)."""

    label: ClassVar[str] = "lecun_normal"
    means: ClassVar[Means] = (1.0, "fan_in", "truncated_normal")


@INITIALIZERS.register
class Orthogonal(Initializer):
    """`gain` times orthonormal rows or columns, whichever are fewer (Saxe et al., 2014).

    All axes but the last are taken as the rows of one matrix.
    """

    label: ClassVar[str] = "orthogonal"
    leading: ClassVar[str | None] = "gain"

    gain: float = 1.0
    """The length of each row or column."""

    def problem(self, shape: Sequence[int]) -> Problem | None:
        """A vector has no rows."""
        if len(shape) >= 2:
            return None
        message = f"orthogonal fills weights of two axes or more, got {list(shape)}"
        return Problem("bad-value", message)


@INITIALIZERS.register
class Identity(Initializer):
    """`gain` on the diagonal of a matrix, 0 elsewhere."""

    label: ClassVar[str] = "identity"
    leading: ClassVar[str | None] = "gain"
    random: ClassVar[bool] = False

    gain: float = 1.0
    """The value on the diagonal."""

    def problem(self, shape: Sequence[int]) -> Problem | None:
        """Only a matrix has a diagonal here."""
        if len(shape) == 2:
            return None
        message = f"identity fills weights of two axes, got {list(shape)}"
        return Problem("bad-value", message)


@INITIALIZERS.register
class FanInUniform(Initializer):
    """U(-a, a) with a = 1 / sqrt(fan) of the layer: torch's default for biases.

    A bias has no fan of its own; its layer fills in `fan`.  Left open, `fan` is the
    fan_in of the weight's own shape.
    """

    label: ClassVar[str] = "fan_in_uniform"
    leading: ClassVar[str | None] = "fan"

    fan: Annotated[int, Field(ge=1)] | None = None
    """The number of inputs that a unit of the layer sums."""

    def bound(self, shape: Sequence[int]) -> float:
        """a for a weight of this canonical shape."""
        return 1 / math.sqrt(self.fan or max(1, fans(shape)[0]))
