"""Padding that rewrites put before a convolution or a pool: no spec writes these ops."""

from __future__ import annotations

from typing import ClassVar, Literal

from specgraph.ops.base import Bound, Op, Order, TensorType
from specgraph.ops.dims import Dim, ceil_div, maximum
from specgraph.ops.window import Pairs, reach, same_amounts, window_count

Fill = Literal["zeros", "lowest", "reflect", "replicate", "circular"]
"""What added cells hold; `lowest` is minus infinity."""


class Padding(Op):
    """Cells before and after each spatial axis; the layout stays."""

    order: ClassVar[Order] = "spatial"
    rules_in: ClassVar[str | None] = "pad"

    fill: Fill = "zeros"

    def length(self, axis: int, length: Dim) -> Dim:
        """The size of a spatial axis afterwards."""
        raise NotImplementedError

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's layout and channels."""
        found = inputs.first
        sizes = tuple(
            self.length(axis, size) for axis, size in enumerate(found.spatial)
        )
        return {"output": found.with_spatial(sizes, found.channels)}


class Pad(Padding):
    """As many cells as `amounts` says; fewer than none cuts."""

    label: ClassVar[str] = "pad"

    amounts: Pairs

    def length(self, axis: int, length: Dim) -> Dim:
        """Longer by both amounts."""
        return length + sum(self.amounts[axis])


def pad(fill: Fill, amounts: Pairs) -> Pad:
    """Given amounts, as traced as they are."""
    return Pad(fill=fill, amounts=amounts).filled(amounts=amounts)


class WindowPadding(Padding):
    """Cells by how windows lie on an axis whose size is only known when it runs."""

    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]

    def count(self, axis: int, length: Dim) -> Dim:
        """How many windows there are."""
        raise NotImplementedError

    def span(self, axis: int, length: Dim) -> Dim:
        """What the windows cover."""
        steps = (self.count(axis, length) - 1) * self.strides[axis]
        return steps + reach(self.size[axis], self.dilation[axis])


class PadSame(WindowPadding):
    """TensorFlow's `same` padding."""

    label: ClassVar[str] = "pad_same"

    def count(self, axis: int, length: Dim) -> Dim:
        """One for every stride."""
        return ceil_div(length, self.strides[axis])

    def length(self, axis: int, length: Dim) -> Dim:
        """What the windows cover, but never less than there was."""
        return maximum(self.span(axis, length), length)


class PadWhole(WindowPadding):
    """Given amounts, but after each axis what makes overhanging windows whole."""

    label: ClassVar[str] = "pad_whole"

    amounts: Pairs

    def count(self, axis: int, length: Dim) -> Dim:
        """As many as `ceil_mode` gives."""
        return window_count(
            length,
            self.amounts[axis],
            self.size[axis],
            self.strides[axis],
            self.dilation[axis],
            ceil_mode=True,
        )

    def length(self, axis: int, length: Dim) -> Dim:
        """What the windows cover."""
        return self.span(axis, length)


def fixed_amounts(
    padding: str | Pairs,
    lengths: tuple[Dim, ...],
    size: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pairs | None:
    """What any padding adds; None where that depends on a size that is not known."""
    if not isinstance(padding, str):
        return padding
    found = []
    for axis, length in enumerate(lengths):
        spread = reach(size[axis], dilation[axis]) - 1
        if padding == "valid":
            pair = (0, 0)
        elif padding == "causal":
            pair = (spread, 0)
        elif strides[axis] == 1:
            pair = (spread // 2, spread - spread // 2)
        elif isinstance(length, int):
            pair = same_amounts(length, size[axis], strides[axis], dilation[axis])
        else:
            return None
        found.append(pair)
    return tuple(found)


def whole_amounts(op: PadWhole, lengths: tuple[Dim, ...]) -> Pairs | None:
    """What makes overhanging windows whole; None where a size is not known."""
    found = []
    for axis, length in enumerate(lengths):
        after = op.length(axis, length) - length - op.amounts[axis][0]
        if not isinstance(after, int):
            return None
        found.append((op.amounts[axis][0], after))
    return tuple(found)


def is_even(amounts: Pairs) -> bool:
    """Whether each axis gets as many cells before as after."""
    return all(before == after for before, after in amounts)
