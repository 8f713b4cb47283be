"""Legal sizes of named dimensions, and what holds of dimensions at all of them."""

from __future__ import annotations

import itertools
import operator
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt

from specgraph.ops.dims import Dim, DimError, evaluate, fold, substitute, symbols
from specgraph.ops.dims import symbol as symbol_of
from specgraph.ops.normal_form import Extremum, Floor

MAX_RAISES = 2**12
"""Steps by which `least_legal` raises the names of one dimension together."""
CANDIDATES = 64
"""Sizes of one name among which `legal_sizes` looks."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which sizes a name may take: multiples of `multiple_of` in [`min`, `max`]."""

    min: int = 1
    max: int | None = None
    multiple_of: int = 1

    def __post_init__(self) -> None:
        if self.min < 1 or self.multiple_of < 1:
            raise DimError(
                f"min is {self.min}, multiple_of is {self.multiple_of}; "
                f"both must be 1 or more"
            )
        if self.max is not None and self.max < self.least:
            raise DimError(
                f"no size is a multiple of {self.multiple_of} "
                f"from {self.min} to {self.max}"
            )

    @property
    def least(self) -> int:
        """The least legal size."""
        return self.first * self.multiple_of

    @property
    def first(self) -> int:
        """The least legal size, in steps of `multiple_of`."""
        return -(-self.min // self.multiple_of)

    @property
    def last(self) -> int | None:
        """The greatest legal size, in steps of `multiple_of`; None without end."""
        return None if self.max is None else self.max // self.multiple_of


ANY = Bounds()
"""Every size from 1 on: the bounds of a name that has none."""


def in_steps(dim: Dim, bounds: Mapping[str, Bounds]) -> Dim:
    """`dim` with each name counting steps of its `multiple_of`."""
    factors = {
        name: bounds[name].multiple_of * symbol_of(name)
        for name in symbols(dim)
        if name in bounds and bounds[name].multiple_of > 1
    }
    return substitute(dim, factors) if factors else dim


def values(dim: Dim, name: str, sizes: Sequence[int]) -> list[int]:
    """`dim`, which depends on `name` alone, at each of the sizes."""
    return fold(
        dim,
        symbol=lambda _: list(sizes),
        integer=lambda number: [number] * len(sizes),
        add=lambda a, b: list(map(operator.add, a, b)),
        sub=lambda a, b: list(map(operator.sub, a, b)),
        mul=lambda a, b: list(map(operator.mul, a, b)),
        floordiv=lambda a, b: list(map(operator.floordiv, a, b)),
        minimum=lambda columns: list(map(min, *columns)),
        maximum=lambda columns: list(map(max, *columns)),
    )


def least_legal(
    dims: Iterable[Dim], bounds: Mapping[str, Bounds], limit: int = 2**20
) -> dict[str, int] | None:
    """Sizes within bounds, up to `limit`, at which every dimension is 1 or more.

    Names are those of `dims` and of `bounds`. Every name starts at its least size; a
    dimension below 1 raises its name to the next size at which it is not, and the
    names of a dimension of several in turn, one step each, save those that lower it.
    So the sizes are the least where each dimension has one name, else small ones.
    None where that finds none.
    """
    wanted = list(dict.fromkeys(in_steps(dim, bounds) for dim in dims))
    names = sorted(set(bounds).union(*map(symbols, wanted)))
    limits = {name: _Range.of(bounds.get(name, ANY), limit) for name in names}
    if any(legal.first > legal.last for legal in limits.values()):
        return None
    steps = {name: legal.first for name, legal in limits.items()}
    for _ in range(MAX_RAISES):
        before = dict(steps)
        for dim in wanted:
            if evaluate(dim, steps) < 1 and not _raise(dim, steps, limits):
                return None
        if steps == before:
            return {n: step * limits[n].multiple_of for n, step in steps.items()}
    return None


def legal_sizes(
    dims: Iterable[Dim], bounds: Mapping[str, Bounds]
) -> list[dict[str, int]]:
    """Two assignments of legal sizes to test at, other than the least one.

    Sizes are primes (times `multiple_of`) at or above the least, different for each
    name and in both assignments; other sizes where bounds hold no such primes, and
    fewer assignments where they hold fewer.
    """
    dims = list(dims)
    least = least_legal(dims, bounds)
    if not least:
        return []
    candidates = {
        name: _candidates(size, bounds.get(name, ANY)) for name, size in least.items()
    }
    found: list[dict[str, int]] = []
    for start in range(CANDIDATES):
        sizes = {
            name: choices[min(start + position, len(choices) - 1)]
            for position, (name, choices) in enumerate(candidates.items())
        }
        fresh = sizes != least and sizes not in found
        if fresh and all(evaluate(dim, sizes) >= 1 for dim in dims):
            found.append(sizes)
        if len(found) == 2:
            break
    return found


@dataclass(frozen=True, slots=True)
class _Range:
    first: int
    last: int
    multiple_of: int

    @classmethod
    def of(cls, bound: Bounds, limit: int) -> _Range:
        last = limit // bound.multiple_of
        if bound.last is not None:
            last = min(last, bound.last)
        return cls(bound.first, last, bound.multiple_of)


def _raise(dim: Dim, steps: dict[str, int], limits: Mapping[str, _Range]) -> bool:
    names = sorted(symbols(dim))
    if len(names) == 1:
        name = names[0]
        found = _next_legal(dim, name, range(steps[name] + 1, limits[name].last + 1))
        if found is not None:
            steps[name] = found
        return found is not None
    for _ in range(MAX_RAISES):
        before = dict(steps)
        for name in names:
            value = evaluate(dim, steps)
            if value >= 1:
                return True
            raised = {**steps, name: steps[name] + 1}
            if steps[name] < limits[name].last and evaluate(dim, raised) >= value:
                steps[name] += 1
        if steps == before:
            return False
    return evaluate(dim, steps) >= 1


def _next_legal(dim: Dim, name: str, steps: range) -> int | None:
    if _never_falls(dim):
        place = bisect_left(steps, 1, key=lambda step: evaluate(dim, {name: step}))
        return steps[place] if place < len(steps) else None
    for start in range(0, len(steps), MAX_RAISES):
        chunk = steps[start : start + MAX_RAISES]
        for step, value in zip(chunk, values(dim, name, chunk), strict=True):
            if value >= 1:
                return step
    return None


def _never_falls(dim: Dim) -> bool:
    if isinstance(dim, int):
        return True
    for monomial, coefficient in dim.terms:
        if coefficient < 0 or len(monomial) > 1:
            return False
        atom = monomial[0]
        if isinstance(atom, Floor) and not _never_falls(atom.numerator):
            return False
        if isinstance(atom, Extremum) and not all(map(_never_falls, atom.operands)):
            return False
    return True


def _candidates(least: int, bound: Bounds) -> list[int]:
    factor = bound.multiple_of
    first = least // factor
    steps: Iterator[int] = (
        itertools.count(first)
        if bound.last is None
        else iter(range(first, bound.last + 1))
    )
    near = list(itertools.islice(steps, MAX_RAISES))
    primes = itertools.islice(filter(_is_prime, near), CANDIDATES // 2)
    chosen = dict.fromkeys(itertools.chain(primes, near[1:], near))
    return [step * factor for step in itertools.islice(chosen, CANDIDATES)]


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % d for d in range(2, isqrt(number) + 1))
