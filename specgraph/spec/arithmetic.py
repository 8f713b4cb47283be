"""What the operators and functions of expressions compute, and how much of it.

Operands may be of any type that overloads the operators (symbolic sizes); numbers,
strings and lists are bounded before and after every step.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

MAX_INTEGER = 2**63
"""Integers are below this in magnitude."""
MAX_ENTRIES = 10_000
"""Characters of a string, and entries of a list with those of the lists in it."""

_SIZES = (str, list, tuple)


class Refused(ValueError):
    """An operation that expressions do not have, or whose result is too large."""


def bounded(value: Any) -> Any:
    """`value` itself; Refused if it is too large, not finite or no real number."""
    if isinstance(value, int):
        if abs(value) >= MAX_INTEGER:
            raise Refused("an integer reaches 2^63, the limit")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise Refused("a number is not finite")
    elif isinstance(value, complex):
        raise Refused("a number is not real")
    elif isinstance(value, _SIZES) and _entries(value) > MAX_ENTRIES:
        raise Refused(f"more than {MAX_ENTRIES:,} entries or characters, the limit")
    return value


def _entries(value: Any) -> int:
    """Characters of a string; entries of a list, those of the lists in it included."""
    if isinstance(value, str):
        return len(value)
    count = len(value)
    for item in value:
        if count > MAX_ENTRIES:
            break
        if isinstance(item, _SIZES):
            count += _entries(item)
    return count


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return [*left, *right]
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return operator.add(*_numbers("+", left, right))


def _multiply(left: Any, right: Any) -> Any:
    if isinstance(right, _SIZES):
        left, right = right, left
    if not isinstance(left, _SIZES):
        return operator.mul(*_numbers("*", left, right))
    _numbers("*", right)
    if not isinstance(right, int):
        raise Refused(f"a list or string is repeated an integer times, not {right!r}")
    if _entries(left) * right > MAX_ENTRIES:
        raise Refused(f"more than {MAX_ENTRIES:,} entries or characters, the limit")
    return (left if isinstance(left, str) else list(left)) * right


def _power(base: Any, exponent: Any) -> Any:
    _numbers("**", base, exponent)
    if isinstance(base, int) and isinstance(exponent, int):
        least_bits = (abs(base).bit_length() - 1) * exponent
        if least_bits >= MAX_INTEGER.bit_length():
            raise Refused("an integer reaches 2^63, the limit")
    return base**exponent


def _numbers(sign: str, *operands: Any) -> tuple[Any, ...]:
    """The operands; Refused where arithmetic is for numbers and one is none."""
    for operand in operands:
        if isinstance(operand, bool):
            raise Refused(f"{sign} is for numbers; {str(operand).lower()} is a boolean")
        if isinstance(operand, _SIZES):
            kind = "string" if isinstance(operand, str) else "list"
            raise Refused(f"{sign} does not take this {kind} here")
    return operands


def _arithmetic(sign: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def compute(*operands: Any) -> Any:
        return function(*_numbers(sign, *operands))

    return compute


def _contains(item: Any, container: Any) -> bool:
    if not isinstance(container, _SIZES):
        raise Refused("'in' looks into a list or a string")
    return item in container


def _not_contains(item: Any, container: Any) -> bool:
    return not _contains(item, container)


OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: _add,
    ast.Sub: _arithmetic("-", operator.sub),
    ast.Mult: _multiply,
    ast.Div: _arithmetic("/", operator.truediv),
    ast.FloorDiv: _arithmetic("//", operator.floordiv),
    ast.Mod: _arithmetic("%", operator.mod),
    ast.Pow: _power,
    ast.USub: _arithmetic("-", operator.neg),
    ast.UAdd: _arithmetic("+", operator.pos),
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: _contains,
    ast.NotIn: _not_contains,
}


def _listed(name: str, args: tuple[Any, ...]) -> Any:
    """The entries that `min`, `max` and `sum` run over."""
    if len(args) == 1 and isinstance(args[0], (list, tuple)):
        return args[0]
    if name == "sum" or len(args) < 2:
        raise Refused(f"{name} takes a list" + ("" if name == "sum" else " or values"))
    return args


def _extreme(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(*args: Any) -> Any:
        entries = _listed(name, args)
        if not entries:
            raise Refused(f"{name} of nothing")
        return function(entries)

    return extreme


def _sum(*args: Any) -> Any:
    return reduce(_plus, _listed("sum", args), 0)


def _plus(total: Any, entry: Any) -> Any:
    return bounded(operator.add(*_numbers("sum", total, entry)))


def _length(*args: Any) -> int:
    if len(args) != 1 or not isinstance(args[0], _SIZES):
        raise Refused("len takes one list or string")
    return len(args[0])


def _round(*args: Any) -> Any:
    """Half to even, as Python rounds; at most 20 digits."""
    _numbers("round", *args)
    digits = args[1] if len(args) == 2 else 0
    if len(args) not in (1, 2) or not isinstance(digits, int) or abs(digits) > 20:
        raise Refused("round takes a number and, if wanted, at most 20 digits")
    return round(*args)


def _whole(name: str, function: Callable[[Any], Any]) -> Callable[..., Any]:
    def whole(*args: Any) -> Any:
        if len(args) != 1:
            raise Refused(f"{name} takes one number")
        return function(*_numbers(name, *args))

    return whole


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": _extreme("min", min),
    "max": _extreme("max", max),
    "sum": _sum,
    "len": _length,
    "ceil": _whole("ceil", math.ceil),
    "floor": _whole("floor", math.floor),
    "round": _round,
}
