"""Dimensions: integers, and integer expressions over named sizes.

Concrete dimensions are plain ints; a `Sym` is never constant, is immutable and in
normal form (`specgraph.ops.normal_form`), and its `str` is Python that `parse_dim`
reads back. `specgraph.ops.proofs` proves what the normal form does not show.
"""

from __future__ import annotations

import ast
import keyword
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import TypeVar

from specgraph.ops.normal_form import (
    Atom,
    Dim,
    DimError,
    Extremum,
    Floor,
    Monomial,
    Sym,
    checked_divisor,
    exact_div,
    extremum,
    written,
)

__all__ = [
    "MAX_SIZE",
    "Dim",
    "DimError",
    "Sym",
    "ceil_div",
    "check_size",
    "evaluate",
    "exact_div",
    "fold",
    "maximum",
    "minimum",
    "parse_dim",
    "product",
    "substitute",
    "symbol",
    "symbols",
    "to_json",
]

MAX_SIZE = 2**31
"""Concrete dimensions are below this."""
MAX_TEXT = 20_000
"""Characters in the text of a dimension."""

T = TypeVar("T")

_OPERATORS: dict[type[ast.operator], Callable[[Dim, Dim], Dim]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def symbol(name: str) -> Sym:
    """The dimension called `name`, an identifier that is no keyword, `min` or `max`."""
    if not name.isidentifier() or keyword.iskeyword(name) or name in {"min", "max"}:
        raise DimError(
            f"{name!r} cannot name a dimension; use an identifier that is not a "
            f"Python keyword, 'min' or 'max'"
        )
    return Sym((((name,), 1),))


def ceil_div(dim: Dim, divisor: int) -> Dim:
    """The least integer not below `dim / divisor`."""
    return (dim + (checked_divisor(divisor) - 1)) // divisor


def minimum(*dims: Dim) -> Dim:
    """The least of one or more dimensions."""
    return extremum("min", dims)


def maximum(*dims: Dim) -> Dim:
    """The greatest of one or more dimensions."""
    return extremum("max", dims)


def product(dims: Iterable[Dim]) -> Dim:
    """All of them multiplied; 1 for none."""
    total: Dim = 1
    for dim in dims:
        total = total * dim
    return total


def symbols(dim: Dim) -> frozenset[str]:
    """The names a dimension depends on."""
    if isinstance(dim, int):
        return frozenset()
    names: set[str] = set()
    for monomial, _ in dim.terms:
        for atom in monomial:
            if isinstance(atom, str):
                names.add(atom)
            elif isinstance(atom, Floor):
                names |= symbols(atom.numerator)
            else:
                names = names.union(*map(symbols, atom.operands))
    return frozenset(names)


def substitute(dim: Dim, values: Mapping[str, Dim]) -> Dim:
    """`dim` with the named sizes replaced; names without a value stay."""
    if isinstance(dim, int):
        return dim
    replaced: Dim = fold(
        dim,
        symbol=lambda name: values[name] if name in values else symbol(name),
        integer=int,
        add=operator.add,
        sub=operator.sub,
        mul=operator.mul,
        floordiv=operator.floordiv,
        minimum=lambda dims: minimum(*dims),
        maximum=lambda dims: maximum(*dims),
    )
    return replaced


def evaluate(dim: Dim, sizes: Mapping[str, int]) -> int:
    """The value of `dim` at the given sizes; DimError if one is missing."""
    if isinstance(dim, int):
        return dim
    total = dim.constant
    for monomial, coefficient in dim.terms:
        for atom in monomial:
            coefficient *= _atom_value(atom, sizes)
        total += coefficient
    return total


def _atom_value(atom: Atom, sizes: Mapping[str, int]) -> int:
    if isinstance(atom, Floor):
        return evaluate(atom.numerator, sizes) // atom.divisor
    if isinstance(atom, Extremum):
        values = [evaluate(operand, sizes) for operand in atom.operands]
        return min(values) if atom.kind == "min" else max(values)
    if atom not in sizes:
        raise DimError(f"no size is given for {atom}")
    return sizes[atom]


def check_size(dim: Dim) -> Dim:
    """`dim` itself; DimError for a concrete dimension of 2^31 or more."""
    if isinstance(dim, int) and dim >= MAX_SIZE:
        bits = dim.bit_length()
        shown = dim if bits <= 64 else f"of {bits} bits"
        raise DimError(f"dimension {shown} is too large; the limit is 2^31 - 1")
    return dim


def fold(
    dim: Dim,
    *,
    symbol: Callable[[str], T],
    integer: Callable[[int], T],
    add: Callable[[T, T], T],
    sub: Callable[[T, T], T],
    mul: Callable[[T, T], T],
    floordiv: Callable[[T, T], T],
    minimum: Callable[[Sequence[T]], T],
    maximum: Callable[[Sequence[T]], T],
) -> T:
    """`dim` rebuilt bottom up in the order in which it is written.

    Positive terms come first, then subtracted ones, then the constant.
    """

    def of_atom(atom: Atom) -> T:
        if isinstance(atom, str):
            return symbol(atom)
        if isinstance(atom, Floor):
            return floordiv(of_dim(atom.numerator), integer(atom.divisor))
        operands = [of_dim(operand) for operand in atom.operands]
        return minimum(operands) if atom.kind == "min" else maximum(operands)

    def of_term(monomial: Monomial, coefficient: int) -> T:
        factors = [of_atom(atom) for atom in monomial]
        if coefficient != 1 or not factors:
            factors.insert(0, integer(coefficient))
        return reduce(mul, factors)

    def of_dim(part: Dim) -> T:
        if isinstance(part, int):
            return integer(part)
        first, *others = written(part)
        total = of_term(*first)
        for monomial, coefficient in others:
            join = add if coefficient > 0 else sub
            total = join(total, of_term(monomial, abs(coefficient)))
        return total

    return of_dim(dim)


_FUNCTIONS: dict[str, Callable[..., Dim]] = {"min": minimum, "max": maximum}


def to_json(dim: Dim) -> int | str:
    """An int for a concrete dimension, else its text."""
    return dim if isinstance(dim, int) else str(dim)


def parse_dim(text: str) -> Dim:
    """The dimension written as `+ - * // %`, `min`, `max`, names and integers."""
    if len(text) > MAX_TEXT:
        raise DimError(
            f"a dimension of {len(text)} characters; the limit is {MAX_TEXT}"
        )
    try:
        return _read(ast.parse(text.strip(), mode="eval").body, text)
    except DimError:
        raise
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise DimError(f"not a dimension: {_excerpt(text)}") from error
    except ZeroDivisionError as error:
        raise DimError(f"division by zero in a dimension: {_excerpt(text)}") from error


def _read(node: ast.expr, text: str) -> Dim:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.Name(id=name):
            return symbol(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_read(operand, text)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_read(left, text), _read(right, text))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in (
            "min",
            "max",
        ):
            return _FUNCTIONS[name](*(_read(arg, text) for arg in args))
    raise DimError(
        f"not a dimension: {_excerpt(text)}; it may hold names, integers, "
        f"+ - * // %, min and max"
    )


def _excerpt(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
