"""Products that sum over axes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator

from specgraph.ops.base import (
    Bound,
    Op,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    listed,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.equation import RULE, Equation, EquationField
from specgraph.ops.merge import common_dtype
from specgraph.ops.proofs import proves_equal

_TWO = (Port("input", least=2, most=2),)


@register_op
class Matmul(Op):
    """The matrices of the last two axes multiplied, all axes before them alike."""

    label: ClassVar[str] = "matmul"
    ports: ClassVar[tuple[Port, ...]] = _TWO
    samples = (
        Sample("matrices", None, (SampleInput((4, 3)), SampleInput((3, 5)))),
        Sample(
            "heads, any length",
            None,
            (SampleInput((2, "time", 3)), SampleInput((2, 3, "time"))),
            "torch",
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """[..., n, k] and [..., k, m] give [..., n, m], without layout."""
        first, second = inputs
        fits = len(first.shape) == len(second.shape) >= 2
        pairs = (
            *zip(first.shape[:-2], second.shape[:-2], strict=False),
            *zip(first.shape[-1:], second.shape[-2:-1], strict=False),
        )
        if not fits or not all(proves_equal(a, b, inputs.sizes) for a, b in pairs):
            raise ShapeError(
                f"matmul needs [..., n, k] and [..., k, m], got {first} and {second}",
                "`einsum` multiplies along any axes",
            )
        shape = (*first.shape[:-1], second.shape[-1])
        return {"output": TensorType(shape, common_dtype("matmul", (first, second)))}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One for each number of the sums."""
        first, second = inputs
        return product(first.shape) * second.shape[-1]


@register_op
class Dot(Op):
    """Sums of products along an axis of each operand.

    The other axes of the first come first; of two vectors there is one number, [1].
    """

    label: ClassVar[str] = "dot"
    leading: ClassVar[str | None] = "axes"
    ports: ClassVar[tuple[Port, ...]] = _TWO
    spellings = {"axis": "axes", "dim": "axes", "dims": "axes"}

    axes: Annotated[int | tuple[int, int], BeforeValidator(listed)] = -1
    """The axis of both, or that of each."""
    normalize: bool = False
    """Whether both are divided by their length along the axis: the cosine."""

    samples = (
        Sample("vectors", None, (SampleInput((5,)), SampleInput((5,)))),
        Sample(
            "cosine", {"axes": 1, "normalize": True}, (SampleInput((5,)),) * 2, "torch"
        ),
        Sample("sequences", 2, (SampleInput(("time", 3)), SampleInput((4, 3)))),
        Sample("of each", [2, 1], (SampleInput((4, 3)), SampleInput((3, 5)))),
        Sample(
            "normalized",
            {"axes": (2, -1), "normalize": True},
            (SampleInput((4, 3)), SampleInput((3,))),
        ),
    )

    def pair(self, inputs: Bound[TensorType]) -> tuple[int, int]:
        """The axis of each operand, counted from 0; raises ShapeError."""
        first, second = inputs
        one, other = (self.axes,) * 2 if isinstance(self.axes, int) else self.axes
        return first.axis(one), second.axis(other)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The other axes of the first, then of the second, without layout."""
        first, second = inputs
        one, other = self.pair(inputs)
        if not proves_equal(
            first.shape[one - 1], second.shape[other - 1], inputs.sizes
        ):
            raise ShapeError(
                f"dot: axis {one} of {first} and axis {other} of {second} differ"
            )
        left = (*first.shape[: one - 1], *first.shape[one:])
        right = (*second.shape[: other - 1], *second.shape[other:])
        dtype = common_dtype("dot", (first, second))
        return {"output": TensorType((*left, *right) or (1,), dtype)}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One for each number of the sums."""
        first, second = inputs
        other = self.pair(inputs)[1]
        rest = (*second.shape[: other - 1], *second.shape[other:])
        return product(first.shape) * product(rest)


@register_op
class Einsum(Op):
    """Einstein's sum: products of what bears the same letters, summed over the rest.

    Each part of the equation begins with the letter of the batch, or with `...`.
    """

    label: ClassVar[str] = "einsum"
    leading: ClassVar[str | None] = "equation"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", most=None),)
    spellings = {"subscripts": "equation"}

    equation: EquationField
    """Letters for the axes of each operand and of the result, the batch counted."""

    samples = (
        Sample("matrices", "bij,bjk->bik", (SampleInput((4, 3)), SampleInput((3, 5)))),
        Sample(
            "heads, any length",
            "bqhd,bkhd->bhqk",
            (SampleInput(("time", 2, 3)), SampleInput(("time", 2, 3))),
            "torch",
        ),
        Sample("a sum", {"equation": "bij -> bj"}, (SampleInput((4, 3)),)),
        Sample(
            "three",
            "bi,bij,bj->b",
            (SampleInput((4,)), SampleInput((4, 3)), SampleInput((3,))),
        ),
        Sample("dots", "...ij,...j->...i", (SampleInput((4, 3)), SampleInput((3,)))),
    )

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The letters that `...` stand for."""
        if "..." not in self.equation:
            return self
        equation = Equation.read(self.equation).spelt(inputs.first.rank)
        return self.filled(equation=str(equation))

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The sizes of the result's letters, without layout."""
        found = Equation.read(self.equation).spelt(inputs.first.rank)
        sizes = self._sizes(found, inputs)
        dtype = common_dtype("einsum", tuple(inputs))
        return {"output": TensorType(tuple(sizes[x] for x in found.output[1:]), dtype)}

    def _sizes(self, found: Equation, inputs: Bound[TensorType]) -> dict[str, Dim]:
        """The size of each letter but the batch; raises ShapeError."""
        if len(found.operands) != len(inputs):
            raise ShapeError(
                f"einsum: {self.equation} takes {len(found.operands)} operands, "
                f"got {len(inputs)}"
            )
        parts = (*found.operands, found.output)
        if len({part[:1] for part in parts}) > 1 or not found.output:
            raise ShapeError(
                f"einsum: the parts of {self.equation} begin with different letters",
                f"an equation is of {RULE}",
            )
        sizes: dict[str, Dim] = {}
        for letters, kind in zip(found.operands, inputs, strict=True):
            if len(letters) != kind.rank:
                raise ShapeError(
                    f"einsum: {letters} are {len(letters)} axes, the batch and {kind} "
                    f"are {kind.rank}"
                )
            for letter, size in zip(letters[1:], kind.shape, strict=True):
                if not proves_equal(sizes.setdefault(letter, size), size, inputs.sizes):
                    raise ShapeError(
                        f"einsum: {letter} of {self.equation} is {sizes[letter]} "
                        f"and {size}"
                    )
        return sizes

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One for each number of the sums and each product in it."""
        found = Equation.read(self.equation).spelt(inputs.first.rank)
        return product(self._sizes(found, inputs).values()) * (len(inputs) - 1)
