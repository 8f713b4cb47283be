"""Initializers and regularizers as Keras arguments, left out where they are defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specgraph.lower.code import Argument, call, value
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At
from specgraph.ops.base import Param
from specgraph.training.initializers import (
    FanInUniform,
    Initializer,
    VarianceScaling,
)
from specgraph.training.regularizers import Regularizer

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


def initializer(at: At, param: Param) -> Expr:
    """The initializer of a weight as an argument: a name, or a new instance."""
    return expression(at, param.initializer, param)


def expression(at: At, found: Initializer, param: Param) -> Expr:
    """An initializer as an expression; every use makes an instance of its own, since
    Keras gives two weights of one shape the same values from one instance."""
    if isinstance(found, FanInUniform):
        fan = round(found.bound(param.shape) ** -2)
        return call(at.helper("fan_in_uniform"), fan)
    if found == KAIMING:
        fan = round(found.fan(param.shape))
        return call(at.helper("fan_in_uniform"), fan)
    if found.label in NAMED:
        return value(found.label)
    named: dict[str, Argument] = {
        name: setting  # type: ignore[misc]
        for name, setting in found.attributes().items()
        if setting != type(found).model_fields[name].default
        and not (
            found.label in ("random_normal", "truncated_normal")
            and name == "mean"
            and setting == 0
        )
    }
    return call(f"initializers.{CLASSES[found.label]}", **named)


def starts(at: At, **defaults: tuple[str, str]) -> dict[str, Argument]:
    """Keyword arguments for the initializers that are not the layer's own defaults.

    By argument: the weight, and the label of the layer's default.
    """
    found: dict[str, Argument] = {}
    for argument, (name, native) in defaults.items():
        param = at.param(name)
        if param is not None and param.initializer.label != native:
            found[argument] = initializer(at, param)
    return found


def penalties(found: Mapping[str, Regularizer | None]) -> dict[str, Argument]:
    """Keyword arguments for regularizers."""
    classes = {"l1": "L1", "l2": "L2", "l1_l2": "L1L2"}
    named: dict[str, Argument] = {}
    for argument, regularizer in found.items():
        if regularizer is not None:
            values: dict[str, Any] = regularizer.attributes()
            made = classes[regularizer.label]
            named[argument] = call(f"regularizers.{made}", **values)
    return named
