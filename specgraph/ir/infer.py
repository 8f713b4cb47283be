"""Binds values to an op's inputs and asks it for its types and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from specgraph.definition import Problem
from specgraph.diagnostics import closest
from specgraph.ir.graph import UNKNOWN, Value
from specgraph.ops.base import (
    FLOATS,
    INTEGERS,
    Bound,
    Op,
    Param,
    Port,
    ShapeError,
    TensorType,
)
from specgraph.ops.dims import DimError, check_size
from specgraph.ops.sizes import Bounds

MOST_VALUES = 256
"""Values at one input; a sum of many more is nested deeper than Python reads."""


class Ill(Exception):
    """A use of an op that has no meaning."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def bind(
    op: Op,
    values: Sequence[Value] | dict[str, list[Value]],
    sizes: Mapping[str, Bounds],
) -> Bound[Value]:
    """The values at the op's ports, by position or by name; raises Ill."""
    ports = op.ports
    if isinstance(values, dict):
        named = dict(values)
        for name in named:
            if name not in {port.name for port in ports}:
                known = [port.name for port in ports]
                near = closest(name, known)
                hint = f"did you mean `{near}`?" if near else ""
                hint = hint or f"its inputs: {', '.join(known) or 'none'}"
                raise Ill("bad-reference", f"{op.label} has no input `{name}`", hint)
    else:
        named = _by_position(op, values)
    bound = {}
    for port in ports:
        found = named.get(port.name, [])
        _check_port(op, port, found)
        if found:
            bound[port.name] = tuple(found)
    return Bound(bound, sizes)


def _by_position(op: Op, values: Sequence[Value]) -> dict[str, list[Value]]:
    named: dict[str, list[Value]] = {}
    rest = list(values)
    for port in op.ports:
        take = len(rest) if port.most is None else min(port.most, len(rest))
        named[port.name], rest = rest[:take], rest[take:]
    if rest:
        most = len(values) - len(rest)
        raise Ill(
            "bad-reference",
            f"{op.label} takes {_count(most)}, got {len(values)}",
            "join values first with a merge, such as `concat` or `add`" if most else "",
        )
    return named


def _check_port(op: Op, port: Port, found: Sequence[Value]) -> None:
    if len(found) < port.least:
        got = f"got {len(found)}" if found else "got none"
        raise Ill(
            "bad-reference",
            f"{op.label} needs {_count(port.least)} at `{port.name}`, {got}",
            f"write `from: [{', '.join('abcdef'[: max(port.least, 1)])}]`",
        )
    if len(found) > MOST_VALUES:
        message = f"{op.label} takes {len(found):,} values at `{port.name}`"
        hint = "join some of them first"
        raise Ill("bad-value", f"{message}; the limit is {MOST_VALUES}", hint)
    if port.most is not None and len(found) > port.most:
        message = f"{op.label} takes {_count(port.most)} at `{port.name}`"
        raise Ill("bad-reference", f"{message}, got {len(found)}")
    for value in found:
        if value is not UNKNOWN and value.type.dtype not in port.dtypes:
            raise Ill(
                "dtype-mismatch",
                f"{op.label} takes {_kinds(port.dtypes)} at `{port.name}`, but "
                f"`{value.name}` is {value.type.dtype}",
            )


def _kinds(dtypes: frozenset[str]) -> str:
    """Dtypes in words: integers and floats stand for all of theirs."""
    words = [name for name, kind in _KINDS.items() if kind <= dtypes]
    covered = frozenset[str]().union(*(_KINDS[word] for word in words))
    return " or ".join([*words, *sorted(dtypes - covered)])


_KINDS = {"floats": FLOATS, "integers": INTEGERS}


def _count(number: int) -> str:
    return "no input" if not number else f"{number} input{'s' * (number > 1)}"


def infer(
    op: Op, types: Bound[TensorType]
) -> tuple[Op, tuple[Param, ...], dict[str, TensorType]]:
    """The op with nothing left open, its weights and its outputs' types; raises Ill."""
    try:
        resolved = op.resolve(types)
        outputs = resolved.infer(types)
        params = resolved.params(types)
        if params:
            _check_precision(resolved, types)
        for type_ in outputs.values():
            for dim in type_.shape:
                check_size(dim)
        for param in params:
            for size in param.shape:
                check_size(size)
            found = _misplaced(param) or param.initializer.problem(param.shape)
            if found is None and param.constraint is not None:
                found = param.constraint.problem(param.shape)
            if found is not None:
                message = f"{op.label}: {param.name}: {found.message}"
                raise Ill(found.code, message, found.hint)
    except ShapeError as error:
        raise Ill("shape-mismatch", error.message, error.hint) from None
    except DimError as error:
        raise Ill("shape-mismatch", f"{op.label}: {error}") from None
    return resolved, params, outputs


def _misplaced(param: Param) -> Problem | None:
    """Why a weight is none that its initializer fills, or None."""
    initializer = param.initializer
    if not initializer.of_tables or param.name in ("embeddings", "value"):
        return None
    return Problem("bad-value", f"{initializer.label} fills tables of positions alone")


def _check_precision(op: Op, types: Bound[TensorType]) -> None:
    """Weights are float32, in torch no other float goes with them."""
    for type_ in types:
        if type_.dtype in FLOATS - {"float32"}:
            raise Ill(
                "dtype-mismatch",
                f"{op.label} has weights of float32, but takes {type_.dtype}",
                "a spec's model is float32; the emitted one is cast as a whole",
            )
