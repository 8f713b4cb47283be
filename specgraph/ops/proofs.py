"""What is proven of dimensions at all legal sizes.

A dimension of one name, without products, is from some size on a line plus something
periodic: trying the sizes up to there and two periods more is a proof. A product of
such is, at each place of the period, a polynomial: one period more per degree. Of
several names, the normal form decides equality, and lower bounds of the parts order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import ceil, gcd, lcm
from typing import Literal, TypeAlias

from specgraph.ops.dims import Dim, DimError, Sym, evaluate, exact_div, symbols
from specgraph.ops.normal_form import Atom, Floor
from specgraph.ops.sizes import ANY, Bounds, in_steps, values

MAX_TRIED = 2**16
"""Sizes tried at most; what would need more stays unknown."""
SAMPLED = (0, 1, 2, 7, 1000)
"""Steps above the least size at which dimensions of several names are compared."""
MAX_SAMPLES = 2**10

Verdict: TypeAlias = Literal["equal", "different", "unknown"]


def compare(a: Dim, b: Dim, bounds: Mapping[str, Bounds]) -> Verdict:
    """Whether two dimensions agree at every legal size, or differ at one at least."""
    return _compared(a, b, bounds)[0]


def witness(a: Dim, b: Dim, bounds: Mapping[str, Bounds]) -> dict[str, int] | None:
    """Legal sizes at which two dimensions differ; None where none are found."""
    return _compared(a, b, bounds)[1]


def proves_equal(a: Dim, b: Dim, bounds: Mapping[str, Bounds]) -> bool:
    """Whether two dimensions are proven to agree at every legal size."""
    return a == b or _compared(a, b, bounds)[0] == "equal"


def proves_at_least(dim: Dim, least: int, bounds: Mapping[str, Bounds]) -> bool:
    """Whether `dim >= least` is proven at every legal size."""
    try:
        spare = in_steps(dim - least, bounds)
        lowest = _lowest(spare, bounds)
    except DimError:
        return False
    if lowest is not None and lowest >= 0:
        return True
    names = symbols(spare)
    if len(names) != 1:
        return False
    (name,) = names
    tail = _tail(spare)
    rises = tail is not None and tail.slope >= 0
    limit = bounds.get(name, ANY)
    steps, complete = _trial(limit, _settled(spare) if rises else None)
    return complete and min(values(spare, name, steps)) >= 0


def divides(divisor: Dim, dim: Dim, bounds: Mapping[str, Bounds]) -> bool:
    """Whether `dim` is proven a multiple of `divisor` at every legal size."""
    if exact_div(dim, divisor) is not None:
        return True
    return isinstance(divisor, int) and proves_equal(dim % divisor, 0, bounds)


def _compared(
    a: Dim, b: Dim, bounds: Mapping[str, Bounds]
) -> tuple[Verdict, dict[str, int] | None]:
    try:
        gap = in_steps(a - b, bounds)
    except DimError:
        return "unknown", None
    if gap == 0:
        return "equal", None
    limits = {n: bounds.get(n, ANY) for n in sorted(symbols(a) | symbols(b))}
    names = sorted(symbols(gap))
    if len(names) == 1:
        steps, complete = _trial(limits[names[0]], _settled(gap))
        # Nearly every difference shows at once; the rest is for the proof.
        parts = (steps[:32], steps[32:])
        points: Iterable[tuple[int, ...]] = (
            (step,)
            for part in parts
            for step, value in zip(part, values(gap, names[0], part), strict=True)
            if value
        )
    else:
        complete = False
        points = _sampled(gap, [limits[name] for name in names], names)
    for point in points:
        sizes = {name: limit.least for name, limit in limits.items()}
        for name, step in zip(names, point, strict=True):
            sizes[name] = step * limits[name].multiple_of
        return "different", sizes
    return ("equal" if complete else "unknown"), None


def _sampled(
    gap: Dim, limits: list[Bounds], names: list[str]
) -> Iterable[tuple[int, ...]]:
    choices = [
        [
            limit.first + step
            for step in SAMPLED
            if limit.last is None or limit.first + step <= limit.last
        ]
        for limit in limits
    ]
    for point in itertools.islice(itertools.product(*choices), MAX_SAMPLES):
        if evaluate(gap, dict(zip(names, point, strict=True))):
            yield point


def _trial(limit: Bounds, settled: tuple[int, int] | None) -> tuple[range, bool]:
    """The steps to try, and whether they are as many as a proof needs."""
    first = limit.first
    needed = [] if limit.last is None else [limit.last + 1]
    if settled is not None:
        start, count = settled
        needed.append(max(first, start) + count)
    stop = min([first + MAX_TRIED, *needed])
    return range(first, stop), stop in needed


def _settled(dim: Dim) -> tuple[int, int] | None:
    """From which step on, and for how many, `dim` must vanish so that it always does.

    `dim` depends on one name. None where a product stands inside a floor or extremum.
    """
    if isinstance(dim, int):
        return 0, 1
    degree, period, start = 0, 1, 0
    for monomial, _ in dim.terms:
        degree = max(degree, len(monomial))
        for atom in monomial:
            tail = _atom_tail(atom)
            if tail is None:
                return None
            period = lcm(period, tail.period)
            start = max(start, tail.start)
    return start, (degree + 1) * period


@dataclass(frozen=True, slots=True)
class _Tail:
    """From `start` on: `slope` times the step, plus what repeats in [`low`, `high`]."""

    slope: Fraction
    low: Fraction
    high: Fraction
    period: int
    start: int

    def scaled(self, factor: int) -> _Tail:
        low, high = sorted((self.low * factor, self.high * factor))
        return _Tail(self.slope * factor, low, high, self.period, self.start)

    def plus(self, other: _Tail) -> _Tail:
        return _Tail(
            self.slope + other.slope,
            self.low + other.low,
            self.high + other.high,
            lcm(self.period, other.period),
            max(self.start, other.start),
        )


def _tail(dim: Dim) -> _Tail | None:
    if isinstance(dim, int):
        return _Tail(Fraction(0), Fraction(dim), Fraction(dim), 1, 0)
    total = _tail(dim.constant)
    for monomial, coefficient in dim.terms:
        tail = _atom_tail(monomial[0]) if len(monomial) == 1 else None
        if total is None or tail is None:
            return None
        total = total.plus(tail.scaled(coefficient))
    return total


def _atom_tail(atom: Atom) -> _Tail | None:
    if isinstance(atom, str):
        return _Tail(Fraction(1), Fraction(0), Fraction(0), 1, 0)
    if isinstance(atom, Floor):
        inner = _tail(atom.numerator)
        return None if inner is None else _floor_tail(inner, atom.divisor)
    tails = []
    for operand in atom.operands:
        tail = _tail(operand)
        if tail is None:
            return None
        tails.append(tail)
    if atom.kind == "min":
        return _least_tail(tails)
    return _least_tail([tail.scaled(-1) for tail in tails]).scaled(-1)


def _floor_tail(tail: _Tail, divisor: int) -> _Tail:
    rise = int(tail.slope * tail.period)
    return _Tail(
        tail.slope / divisor,
        (tail.low - (divisor - 1)) / divisor,
        tail.high / divisor,
        tail.period * (divisor // gcd(divisor, rise)),
        tail.start,
    )


def _least_tail(tails: list[_Tail]) -> _Tail:
    slope = min(tail.slope for tail in tails)
    lowest = [tail for tail in tails if tail.slope == slope]
    high = min(tail.high for tail in lowest)
    crossings = [
        ceil((high - tail.low) / (tail.slope - slope))
        for tail in tails
        if tail.slope > slope
    ]
    return _Tail(
        slope,
        min(tail.low for tail in lowest),
        high,
        reduce(lcm, (tail.period for tail in lowest)),
        max(0, *crossings, *(tail.start for tail in tails)),
    )


def _lowest(dim: Dim, bounds: Mapping[str, Bounds]) -> int | None:
    """A lower bound: each atom is its own lower bound plus something not negative."""
    if isinstance(dim, int):
        return dim
    total: Dim = dim.constant
    for monomial, coefficient in dim.terms:
        term: Dim = coefficient
        for atom in monomial:
            low = _lowest_of(atom, bounds)
            if low is None:
                return None
            # The atom now stands for what it has above its lower bound.
            term = term * (Sym((((atom,), 1),)) + low)
        total = total + term
    if isinstance(total, int):
        return total
    return total.constant if all(c > 0 for _, c in total.terms) else None


def _lowest_of(atom: Atom, bounds: Mapping[str, Bounds]) -> int | None:
    if isinstance(atom, str):
        return bounds.get(atom, ANY).first
    if isinstance(atom, Floor):
        inner = _lowest(atom.numerator, bounds)
        return None if inner is None else inner // atom.divisor
    lows = [_lowest(operand, bounds) for operand in atom.operands]
    known = [low for low in lows if low is not None]
    if atom.kind == "max":
        return max(known, default=None)
    return min(known) if len(known) == len(lows) else None
