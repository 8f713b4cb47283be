"""What is said of weights as Keras arguments, left out where it is the default."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.lower.code import Argument, call, value
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At
from specgraph.ops.base import Op, Param
from specgraph.training.constraints import Constraint, MaxNorm, NormConstraint
from specgraph.training.initializers import (
    INITIALIZERS,
    FanInUniform,
    FanScaled,
    Initializer,
    VarianceScaling,
    fans,
)
from specgraph.training.regularizers import Regularizer
from specgraph.training.sinusoidal import Sinusoidal

Shape = tuple[int, ...]

KAIMING = VarianceScaling(scale=1 / 3, mode="fan_in", distribution="uniform")
NAMED = frozenset(
    "zeros ones glorot_uniform glorot_normal he_uniform he_normal lecun_uniform "
    "lecun_normal".split()
)
"""Initializers that a layer takes by name, each time a new one."""

CLASSES = {
    "constant": "Constant",
    "random_normal": "RandomNormal",
    "random_uniform": "RandomUniform",
    "truncated_normal": "TruncatedNormal",
    "variance_scaling": "VarianceScaling",
    "orthogonal": "Orthogonal",
    "identity": "Identity",
}
CENTRED = frozenset({"random_normal", "truncated_normal"})
"""Initializers whose `mean` is 0 unless said."""


def initializer(at: At, param: Param, drawn: tuple[Shape, ...] = ()) -> Expr:
    """The initializer of a weight as an argument: a name, or a new instance.

    A new one every time: Keras gives two weights of one shape the same values from one
    instance.  `drawn` are the shapes that Keras draws, where not the weight's own.
    """
    found = param.initializer
    if isinstance(found, FanInUniform) or found == KAIMING:
        return call(at.helper("fan_in_uniform"), *_fan(param, drawn))
    if isinstance(found, FanScaled):
        scaling = found.scaling()
        own = scaling.fan(param.shape)
        if any(scaling.fan(shape) != own for shape in drawn):
            return _spread(scaling, param.shape)
    if found.label in NAMED:
        return value(found.label)
    if isinstance(found, Sinusoidal):
        return call(at.helper("Sinusoidal"), **_settings(found))
    return call(f"initializers.{CLASSES[found.label]}", **_settings(found))


def _fan(param: Param, drawn: tuple[Shape, ...]) -> list[Argument]:
    """The fan of a weight that starts as in PyTorch; none where its shape says it."""
    found, own = param.initializer, 0
    if len(param.shape) > 1 and not drawn:
        own = fans(param.shape)[0]
    if isinstance(found, FanInUniform):
        fan = found.fan or round(found.bound(param.shape) ** -2)
        return [] if fan == own else [fan]
    return []  # `variance_scaling` itself


def _spread(scaling: VarianceScaling, shape: Shape) -> Expr:
    """A distribution by its numbers: Keras would take the fan of another shape."""
    spread = scaling.spread(shape)
    if scaling.distribution == "uniform":
        return call("initializers.RandomUniform", -spread, spread)
    cut = scaling.distribution == "truncated_normal"
    normal = "TruncatedNormal" if cut else "RandomNormal"
    return call(f"initializers.{normal}", stddev=spread)


def _settings(found: Initializer) -> dict[str, Argument]:
    """The attributes that are not Keras's defaults."""
    named: dict[str, Argument] = {}
    for name, setting in found.attributes().items():
        if setting == type(found).model_fields[name].default:
            continue
        if name == "mean" and setting == 0 and found.label in CENTRED:
            continue
        named[name] = setting  # type: ignore[assignment]
    return named


def starts(
    at: At, drawn: Mapping[str, tuple[Shape, ...]], **defaults: tuple[str, str]
) -> dict[str, Argument]:
    """Keyword arguments for the initializers that are not the layer's own defaults.

    By argument: the weight, and the layer's default.  `drawn` are the shapes that Keras
    draws of a weight, where they are not its own.
    """
    found: dict[str, Argument] = {}
    for argument, (name, native) in defaults.items():
        param = at.param(name)
        if param is not None and param.initializer != INITIALIZERS.parse(native):
            found[argument] = initializer(at, param, drawn.get(name, ()))
    return found


def in_training(
    op: Op, *weights: str, axes: tuple[int, ...] = ()
) -> dict[str, Argument]:
    """Keyword arguments for penalties and constraints, as the op says them of weights.

    `axes` is the order of the weights' axes in Keras, as a slot has it.
    """
    found: dict[str, Argument] = {}
    for name in (f"{weight}_regularizer" for weight in weights):
        regularizer: Regularizer | None = getattr(op, name)
        if regularizer is not None:
            found[name] = penalty(regularizer)
    for name in (f"{weight}_constraint" for weight in weights):
        limit: Constraint | None = getattr(op, name)
        if limit is not None:
            found[name] = constraint(limit, axes)
    return found


def penalty(found: Regularizer) -> Expr:
    """A regularizer as an argument: a name, or an instance with its factors."""
    l1, l2 = found.factors()
    if found.label == "l1_l2":
        factors = {name: f for name, f in (("l1", l1), ("l2", l2)) if f}
        return call("regularizers.L1L2", **factors)
    factor = l1 or l2
    if factor == 0.01:
        return value(found.label)
    return call(f"regularizers.{found.label.upper()}", factor)


def constraint(found: Constraint, axes: tuple[int, ...] = ()) -> Expr:
    """A constraint as an argument: a name, or an instance with its settings."""
    if isinstance(found, NormConstraint) and axes:
        places = sorted(axes.index(axis) for axis in found.axes(len(axes)))
        found = found.along(places)
    first = [found.max_value] if isinstance(found, MaxNorm) else []
    named: dict[str, Argument] = {}
    for name, setting in found.attributes().items():
        default = type(found).model_fields[name].default
        if setting != default and not (first and name == "max_value"):
            named[name] = setting  # type: ignore[assignment]
    if not first and not named:
        return value(found.label)
    return call(f"constraints.{type(found).__name__}", *first, **named)
