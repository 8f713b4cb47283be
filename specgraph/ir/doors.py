"""Sizes at the door of a body: what the channels that come in are called inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from specgraph.ir.graph import Body, Value
from specgraph.ops.base import TensorType
from specgraph.ops.dims import Dim
from specgraph.spec.schema import Block
from specgraph.traced import (
    Formula,
    Named,
    Operation,
    Terms,
    TracedInt,
    formula_of,
    names,
    plain,
    substituted,
    terms_of,
    traced,
)

FIRST = "in_channels"
"""What the channels of a block's first input are called."""
TURN = "channels"
"""What the channels are called that one turn of a loop hands to the next."""


def door_labels(block: Block) -> dict[str, str]:
    """By input of a block, what its channels are called."""
    first, *others = block.inputs
    return {first: FIRST, **{name: f"{name}_channels" for name in others}}


def labelled(type_: TensorType, label: str) -> TensorType:
    """The type, the size of its channels traced to a name and no other size to any."""
    shape = [plain_size(dim) for dim in type_.shape]
    if shape:
        axis = type_.channel_axis - 1
        found = shape[axis]
        if isinstance(found, int):
            shape[axis] = int_traced(found, Named(label))
    return replace(type_, shape=tuple(shape))


def without(type_: TensorType, variables: Mapping[str, object]) -> TensorType:
    """The type, no size traced to the variables of a loop that is over."""
    shape = tuple(
        plain_size(dim)
        if isinstance(dim, TracedInt) and set(names(dim.formula)) & variables.keys()
        else dim
        for dim in type_.shape
    )
    return replace(type_, shape=shape)


def grown(
    before: TensorType, after: TensorType, last: TensorType, times: int
) -> TensorType:
    """What the last turn of a loop gives, by what the first one takes and gives.

    A size to which each turn adds as much is the first one and so often that.
    """
    if not len(before.shape) == len(after.shape) == len(last.shape):
        return last
    shape: list[Dim] = []
    for first, second, final in zip(before.shape, after.shape, last.shape, strict=True):
        shape.append(final)
        if not isinstance(first, int) or not isinstance(second, TracedInt):
            continue
        formula, start = second.formula, formula_of(first)
        if not isinstance(formula, Operation) or formula.sign != "+":
            continue
        left, more = formula.operands
        if left == start and final == first + times * (second - first):
            added = Operation("*", (formula_of(times), more))
            shape[-1] = int_traced(int(final), Operation("+", (start, added)))
    return replace(last, shape=tuple(shape))


def plain_size(dim: Dim) -> Dim:
    """A size without its formula."""
    return int(dim) if isinstance(dim, int) else dim


def int_traced(value: int, formula: Formula) -> int:
    """An integer with its formula."""
    found = traced(value, formula)
    assert isinstance(found, int)
    return found


def seen_from_outside(
    type_: TensorType,
    body: Body,
    inputs: Sequence[Value],
    passed: Mapping[str, object],
) -> TensorType:
    """The type of a body's output in terms of what stands around the call."""
    if not any(isinstance(dim, TracedInt) for dim in type_.shape):
        return type_
    known: dict[str, Terms] = {}
    if body.block is not None:
        for name, value in body.block.names.items():
            if isinstance(value, int | float):
                known[name] = Named(name)
    for formal, actual in zip(body.inputs.values(), inputs, strict=True):
        known |= _channels(formal, actual)
    for name, value in passed.items():
        if body.block is None:
            known.pop(name, None)
        elif (terms := terms_of(value)) is not None:
            known[name] = terms
    shape = tuple(_outside(dim, known) for dim in type_.shape)
    return replace(type_, shape=shape)


def _channels(formal: Value, actual: Value) -> dict[str, Formula]:
    if not formal.type.shape or not isinstance(formal.type.channels, TracedInt):
        return {}
    formula = formal.type.channels.formula
    size = actual.type.channels
    if isinstance(formula, Named) and isinstance(size, int):
        return {formula.name: formula_of(size)}
    return {}


def _outside(dim: Dim, known: Mapping[str, Terms]) -> Dim:
    if not isinstance(dim, TracedInt):
        return dim
    formula = substituted(dim.formula, known)
    return int(plain(dim)) if formula is None else int_traced(dim, formula)
