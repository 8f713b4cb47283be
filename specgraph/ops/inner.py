"""Ops that another op's attribute holds: calls inside calls."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationInfo

from specgraph.definition import CallError, Problem, semantics_of, split_call
from specgraph.ops.base import OPS, Op, Param
from specgraph.traced import graft


def inner_op(value: object, info: ValidationInfo) -> Op:
    """The op that a name or one call means; raises CallError."""
    if isinstance(value, Op):
        return value
    name, argument = split_call(value, "layer")
    cls = OPS.find(name)
    try:
        written = cls.attributes_of(argument)
        found = cls.build(written, semantics_of(info))
    except CallError as error:
        if isinstance(value, str):
            raise
        inner = [replace(p, path=(name, *p.path)) for p in error.problems]
        raise CallError(*inner) from None
    numbers = {key: graft(getattr(found, key), raw) for key, raw in written.items()}
    return found.filled(**numbers)


def held_by(op: Op, wanted: type[Op] | tuple[type[Op], ...], what: str) -> Op:
    """The op, if it is one of those that fit; raises CallError."""
    if isinstance(op, wanted):
        return op
    known = [cls.label for cls in OPS if issubclass(cls, wanted)]
    hint = f"known: {', '.join(sorted(known))}"
    raise CallError(Problem("bad-value", f"{op.label} is no {what}", (), hint))


def innermost(op: Op) -> Op:
    """The op that an op holds, or the one that that one holds, or itself."""
    return op if op.held is None else innermost(getattr(op, op.held))


def is_call(argument: object, attributes: object) -> bool:
    """Whether a mapping calls an op, rather than naming attributes."""
    if not isinstance(argument, dict) or len(argument) != 1:
        return False
    (name,) = argument
    return name in OPS and name not in attributes  # type: ignore[operator]


def prefixed(params: tuple[Param, ...], prefix: str) -> tuple[Param, ...]:
    """Weights under the name of what they belong to."""
    return tuple(replace(p, name=f"{prefix}_{p.name}") for p in params)


def of_prefix(params: tuple[Param, ...], prefix: str) -> tuple[Param, ...]:
    """Those of the weights that have a prefix, without it."""
    start = f"{prefix}_"
    return tuple(
        replace(p, name=p.name.removeprefix(start))
        for p in params
        if p.name.startswith(start)
    )
