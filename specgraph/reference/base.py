"""The table of references: what each op computes, in NumPy.

A reference is evaluated in float64, in float32 (to see what rounding alone does) and on
complex numbers (x + ih, whose imaginary part is h times the derivative). So it keeps
its inputs' dtype, compares and branches on real parts, and never conjugates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from specgraph import plugins
from specgraph.ops.base import Activation, Bound, Op, TensorType

Array: TypeAlias = NDArray[Any]


def keep_all(shape: tuple[int, ...]) -> Array:
    """The keep-mask that drops nothing."""
    return np.ones(shape, dtype=np.bool_)


@dataclass(slots=True)
class Evaluation:
    """One evaluation of an op: arrays are [batch, *shape], axes in the spec's order.

    `draws` gives what a training step draws, of a shape: a keep-mask (true = kept), or
    for an op with `normal` standard normal numbers.
    The op leaves the new values of its buffers in `updates`.
    """

    inputs: Bound[Array]
    types: Bound[TensorType]
    params: Mapping[str, Array] = field(default_factory=dict)
    training: bool = False
    draws: Callable[[tuple[int, ...]], Array] = keep_all
    updates: dict[str, Array] = field(default_factory=dict)
    batch: int = 1
    """The batch size where no input shows it."""
    floats: type[np.floating[Any]] = np.float64
    """The dtype of floats that are made of other numbers, or of none."""


Reference: TypeAlias = Callable[[Any, Evaluation], "Array | dict[str, Array]"]
R = TypeVar("R", bound=Callable[..., "Array | dict[str, Array]"])

REFERENCES: dict[type[Op], Reference] = {}


def reference(*ops: type[Op]) -> Callable[[R], R]:
    """Makes a function the reference of ops; two for one op are an error."""

    def add(function: R) -> R:
        for op in ops:
            if REFERENCES.setdefault(op, function) is not function:
                raise TypeError(f"op {op.label!r} has two references")
        return function

    return add


_OBSERVERS: list[Callable[[Op, Evaluation], None]] = []


@contextmanager
def observed(observer: Callable[[Op, Evaluation], None]) -> Iterator[None]:
    """Shows every evaluation to an observer first, inner ones (activations) too."""
    _OBSERVERS.append(observer)
    try:
        yield
    finally:
        _OBSERVERS.remove(observer)


Blur: TypeAlias = Callable[[Array, Array], Array]
"""What rounding makes of an activation, by what it was given and what it made."""


def unblurred(_: Array, made: Array) -> Array:
    """What was made, as it is."""
    return made


_BLURS: list[Blur] = [unblurred]


@contextmanager
def blurred(blur: Blur) -> Iterator[None]:
    """Rounds what every activation makes, inner ones too."""
    _BLURS.append(blur)
    try:
        yield
    finally:
        _BLURS.pop()


def evaluate(op: Op, at: Evaluation) -> dict[str, Array]:
    """The op's outputs by name."""
    found = REFERENCES.get(type(op))
    if found is None:
        plugins.load_references()
        found = REFERENCES.get(type(op))
    if found is None:
        raise NotImplementedError(f"op {op.label!r} has no reference")
    for observer in _OBSERVERS:
        observer(op, at)
    result = found(op, at)
    if isinstance(result, dict):
        return result
    if isinstance(op, Activation):
        result = _BLURS[-1](at.inputs.first, result)
    return {"output": result}


def activate(activation: Activation | None, value: Array) -> Array:
    """An op's `activation` applied to its result."""
    if activation is None:
        return value
    kind = TensorType(value.shape[1:])
    at = Evaluation(Bound({"input": (value,)}), Bound({"input": (kind,)}))
    return evaluate(activation, at)["output"]


def channels_last(value: Array, kind: TensorType) -> Array:
    """The value as [batch, *spatial, channels]."""
    return np.moveaxis(value, kind.channel_axis, -1)


def from_channels_last(value: Array, kind: TensorType) -> Array:
    """A value [batch, *spatial, channels] in the layout of a type of its rank."""
    return np.moveaxis(value, -1, kind.channel_axis)
