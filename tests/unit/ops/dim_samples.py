"""Random dimensions, each beside the plain Python arithmetic that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from hypothesis import strategies as st

from specgraph.ops.dims import Dim, ceil_div, maximum, minimum, symbol

Sizes: TypeAlias = Mapping[str, int]
Sample: TypeAlias = tuple[Dim, Callable[[Sizes], int]]


def samples(*names: str) -> st.SearchStrategy[Sample]:
    """Expression trees over the names, of all operations."""
    leaves = st.sampled_from(names).map(_name) | st.integers(-6, 12).map(_number)
    return st.recursive(leaves, _joined, max_leaves=7)


def _name(name: str) -> Sample:
    return symbol(name), lambda sizes: sizes[name]


def _number(number: int) -> Sample:
    return number, lambda sizes: number


def _joined(inner: st.SearchStrategy[Sample]) -> st.SearchStrategy[Sample]:
    pairs = st.tuples(inner, inner)
    divided = st.tuples(inner, st.integers(1, 5))
    return st.one_of(
        pairs.map(lambda p: _add(*p)),
        pairs.map(lambda p: _sub(*p)),
        pairs.map(lambda p: _mul(*p)),
        st.tuples(inner, st.integers(-3, 4)).map(lambda p: _scale(*p)),
        divided.map(lambda p: _floordiv(*p)),
        divided.map(lambda p: _mod(*p)),
        divided.map(lambda p: _ceil(*p)),
        pairs.map(lambda p: _min(*p)),
        pairs.map(lambda p: _max(*p)),
    )


def _add(a: Sample, b: Sample) -> Sample:
    return a[0] + b[0], lambda sizes: a[1](sizes) + b[1](sizes)


def _sub(a: Sample, b: Sample) -> Sample:
    return a[0] - b[0], lambda sizes: a[1](sizes) - b[1](sizes)


def _mul(a: Sample, b: Sample) -> Sample:
    return a[0] * b[0], lambda sizes: a[1](sizes) * b[1](sizes)


def _scale(a: Sample, factor: int) -> Sample:
    return factor * a[0], lambda sizes: factor * a[1](sizes)


def _floordiv(a: Sample, n: int) -> Sample:
    return a[0] // n, lambda sizes: a[1](sizes) // n


def _mod(a: Sample, n: int) -> Sample:
    return a[0] % n, lambda sizes: a[1](sizes) % n


def _ceil(a: Sample, n: int) -> Sample:
    return ceil_div(a[0], n), lambda sizes: -(-a[1](sizes) // n)


def _min(a: Sample, b: Sample) -> Sample:
    return minimum(a[0], b[0]), lambda sizes: min(a[1](sizes), b[1](sizes))


def _max(a: Sample, b: Sample) -> Sample:
    return maximum(a[0], b[0]), lambda sizes: max(a[1](sizes), b[1](sizes))
