"""The normal form of symbolic dimensions; `specgraph.ops.dims` is its surface.

A symbolic dimension is a sum of integer multiples of products of atoms, plus a
constant. An atom is a named size, the floor of a quotient, a least or a greatest.
Ceilings are floors, remainders are differences, nested floors are one floor, and
multiples of a divisor stand outside its floor, so most equal dimensions are equal
objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import gcd
from typing import Literal, TypeAlias

MAX_PARTS = 100
"""A symbolic dimension has at most this many atoms, nested ones included."""
MAX_COEFFICIENT = 2**63
"""Coefficients, offsets and divisors of a symbolic dimension are below this."""


class DimError(ValueError):
    """A dimension that cannot be formed; the text says what was asked and allowed."""


@dataclass(frozen=True, slots=True)
class Floor:
    """`numerator // divisor`, without common factor; the divisor is over 1."""

    numerator: Sym = field(compare=False)
    divisor: int = field(compare=False)
    text: str = field(init=False)
    parts: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        numerator = text_of(self.numerator).within(_PRODUCT)
        object.__setattr__(self, "text", f"{numerator} // {self.divisor}")
        object.__setattr__(self, "parts", 1 + self.numerator.parts)


@dataclass(frozen=True, slots=True)
class Extremum:
    """The least or greatest of at least two dimensions, the first without offset."""

    kind: Literal["min", "max"] = field(compare=False)
    operands: tuple[Dim, ...] = field(compare=False)
    text: str = field(init=False)
    parts: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        operands = ", ".join(str(operand) for operand in self.operands)
        object.__setattr__(self, "text", f"{self.kind}({operands})")
        parts = sum(1 if isinstance(d, int) else d.parts for d in self.operands)
        object.__setattr__(self, "parts", 1 + parts)


Atom: TypeAlias = "str | Floor | Extremum"
Monomial: TypeAlias = "tuple[Atom, ...]"


@dataclass(frozen=True, slots=True)
class Sym:
    """A dimension that is not constant: sum of `coefficient * atoms`, plus `constant`.

    `terms` is never empty and sorted; equality and hash are those of the normal form.
    Made by arithmetic on `symbol(name)`; results that are constant are plain ints.
    """

    terms: tuple[tuple[Monomial, int], ...]
    constant: int = 0

    @property
    def parts(self) -> int:
        """How many atoms it is made of, nested ones included."""
        return sum(_parts(monomial) for monomial, _ in self.terms)

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return Sym(self.terms, _bounded(self.constant + other))
        if not isinstance(other, Sym):
            return NotImplemented
        total = dict(self.terms)
        for monomial, coefficient in other.terms:
            total[monomial] = total.get(monomial, 0) + coefficient
        return _sum(total, self.constant + other.constant)

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return _sum({m: c * other for m, c in self.terms}, self.constant * other)
        if not isinstance(other, Sym):
            return NotImplemented
        total: dict[Monomial, int] = {}
        for left, a in (*self.terms, ((), self.constant)):
            for right, b in (*other.terms, ((), other.constant)):
                product = tuple(sorted(left + right, key=_atom_order))
                total[product] = total.get(product, 0) + a * b
        return _sum(total, total.pop((), 0))

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Dim:
        return self * -1

    def __sub__(self, other: Dim) -> Dim:
        if not isinstance(other, int | Sym):
            return NotImplemented
        return self + other * -1

    def __rsub__(self, other: int) -> Dim:
        return self * -1 + other

    def __floordiv__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return _floor(self, checked_divisor(other))
        if not isinstance(other, Sym):
            return NotImplemented
        return _quotient(self, other)

    def __rfloordiv__(self, other: int) -> Dim:
        return _quotient(other, self)

    def __mod__(self, other: Dim) -> Dim:
        return self - self // other * other

    def __rmod__(self, other: int) -> Dim:
        return other - other // self * self

    def __str__(self) -> str:
        return text_of(self).string


Dim: TypeAlias = "int | Sym"


def exact_div(dim: Dim, divisor: Dim) -> Dim | None:
    """`dim / divisor` where the normal form shows it to be whole, else None."""
    if isinstance(divisor, int):
        checked_divisor(divisor)
        if isinstance(dim, int):
            return None if dim % divisor else dim // divisor
        if any(c % divisor for _, c in dim.terms) or dim.constant % divisor:
            return None
        return dim // divisor
    leading, scale = divisor.terms[0]
    quotient: Dim = 0
    for _ in range(MAX_PARTS):
        if isinstance(dim, int):
            return quotient if dim == 0 else None
        monomial, coefficient = dim.terms[0]
        rest = _without(monomial, leading)
        if rest is None or coefficient % scale:
            return None
        term = _sum({rest: 1}, 0) if rest else 1
        term = term * (coefficient // scale)
        quotient, dim = quotient + term, dim - term * divisor
    return None


def written(dim: Sym) -> list[tuple[Monomial, int]]:
    ups = [term for term in dim.terms if term[1] > 0]
    downs = [term for term in dim.terms if term[1] < 0]
    offset: list[tuple[Monomial, int]] = [((), dim.constant)] if dim.constant else []
    if not ups and dim.constant > 0:
        return offset + downs
    return ups + downs + offset


_SUM, _QUOTIENT, _PRODUCT, _ATOM = range(4)


@dataclass(frozen=True, slots=True)
class _Text:
    string: str
    binding: int

    def within(self, binding: int) -> str:
        return self.string if self.binding >= binding else f"({self.string})"


def text_of(dim: Dim) -> _Text:
    if isinstance(dim, int):
        return _Text(str(dim), _ATOM)

    def of_atom(atom: Atom) -> _Text:
        if isinstance(atom, str):
            return _Text(atom, _ATOM)
        return _Text(atom.text, _QUOTIENT if isinstance(atom, Floor) else _ATOM)

    total = ""
    pieces = written(dim)
    for position, (monomial, coefficient) in enumerate(pieces):
        factors = [of_atom(atom) for atom in monomial]
        if position:
            total += " + " if coefficient > 0 else " - "
            coefficient = abs(coefficient)
        if coefficient != 1 or not factors:
            factors.insert(0, _Text(str(coefficient), _ATOM))
        alone = len(factors) == 1
        total += " * ".join(f.string if alone else f.within(_ATOM) for f in factors)
    if len(pieces) > 1:
        return _Text(total, _SUM)
    return _Text(total, factors[0].binding if alone else _PRODUCT)


def _sum(terms: Mapping[Monomial, int], constant: int) -> Dim:
    kept = [(m, _bounded(c)) for m, c in terms.items() if c]
    if not kept:
        return constant
    parts = sum(_parts(monomial) for monomial, _ in kept)
    if parts > MAX_PARTS:
        raise DimError(f"a dimension of {parts} parts; the limit is {MAX_PARTS}")
    if len(kept) > 1:
        kept.sort(key=_term_order)
    return Sym(tuple(kept), _bounded(constant))


def _bounded(number: int) -> int:
    if abs(number) >= MAX_COEFFICIENT:
        raise DimError(
            f"a number of {number.bit_length()} bits in a symbolic dimension; "
            f"the limit is 2^63 - 1"
        )
    return number


def _parts(monomial: Monomial) -> int:
    return sum(1 if isinstance(atom, str) else atom.parts for atom in monomial)


def _atom_order(atom: Atom) -> tuple[bool, str]:
    return (False, atom) if isinstance(atom, str) else (True, atom.text)


def _term_order(term: tuple[Monomial, int]) -> tuple[int, list[tuple[bool, str]]]:
    # Graded lexicographic: what polynomial division needs to find every quotient.
    return -len(term[0]), [_atom_order(atom) for atom in term[0]]


def checked_divisor(number: int) -> int:
    if number < 1:
        raise DimError(f"division of a dimension by {number}; it must be 1 or more")
    return _bounded(number)


def _quotient(dim: Dim, divisor: Sym) -> Dim:
    quotient = exact_div(dim, divisor)
    if quotient is None:
        raise DimError(f"{dim} is not known to be a multiple of {divisor}")
    return quotient


def _without(monomial: Monomial, factors: Monomial) -> Monomial | None:
    rest = list(monomial)
    for atom in factors:
        if atom not in rest:
            return None
        rest.remove(atom)
    return tuple(rest)


def _floor(dim: Sym, divisor: int) -> Dim:
    whole = {m: c // divisor for m, c in dim.terms if c % divisor == 0}
    # A partial multiple, `3 * x // 2` as `x + x // 2`, would double what x holds.
    inside = {m: c for m, c in dim.terms if c % divisor}
    outside = _sum(whole, dim.constant // divisor)
    if not inside:
        return outside
    common = gcd(divisor, *inside.values())
    divisor //= common
    numerator = _sum(
        {m: c // common for m, c in inside.items()},
        dim.constant % (divisor * common) // common,
    )
    assert isinstance(numerator, Sym)
    if numerator.terms[0][1] < 0:
        # -x // n is minus the ceiling of x / n, so -(-x // n) is a ceiling.
        return outside - (divisor - 1 - numerator) // divisor
    for monomial, coefficient in numerator.terms:
        inner = monomial[0]
        if coefficient == 1 and len(monomial) == 1 and isinstance(inner, Floor):
            # (x // a + y) // b is (x + a * y) // (a * b) for every whole y.
            rest = numerator - _sum({monomial: 1}, 0)
            joined = inner.numerator + rest * inner.divisor
            return outside + joined // _bounded(divisor * inner.divisor)
    return outside + _sum({(Floor(numerator, divisor),): 1}, 0)


def extremum(kind: Literal["min", "max"], dims: Iterable[Dim]) -> Dim:
    pick = min if kind == "min" else max
    offsets: dict[tuple[tuple[Monomial, int], ...], int] = {}
    for dim in _flattened(kind, dims):
        terms, offset = ((), dim) if isinstance(dim, int) else (dim.terms, dim.constant)
        offsets[terms] = pick(offset, offsets.get(terms, offset))
    ordered = sorted(offsets, key=lambda terms: (not terms, _rank(terms)))
    if not ordered:
        raise DimError(f"{kind} of no dimensions")
    base = offsets[ordered[0]]
    if len(ordered) == 1:
        return _sum(dict(ordered[0]), base)
    numbers = [c for terms in ordered for _, c in terms]
    common = gcd(*numbers, *(offset - base for offset in offsets.values()))
    operands = tuple(
        _sum({m: c // common for m, c in terms}, (offsets[terms] - base) // common)
        for terms in ordered
    )
    return _sum({(Extremum(kind, operands),): common}, base)


def _rank(
    terms: tuple[tuple[Monomial, int], ...],
) -> list[tuple[tuple[int, list[tuple[bool, str]]], int]]:
    return [(_term_order(term), term[1]) for term in terms]


def _flattened(kind: str, dims: Iterable[Dim]) -> Iterable[Dim]:
    for dim in dims:
        if isinstance(dim, Sym) and len(dim.terms) == 1:
            monomial, coefficient = dim.terms[0]
            atom = monomial[0]
            single = len(monomial) == 1 and coefficient > 0
            if single and isinstance(atom, Extremum) and atom.kind == kind:
                yield from (d * coefficient + dim.constant for d in atom.operands)
                continue
        yield dim
