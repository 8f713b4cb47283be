"""Dense layers along any axes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator

from specgraph.ops.base import (
    ActivationField,
    Bound,
    Count,
    Op,
    Param,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    activated,
    default,
    one_or_more,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.equation import RULE, Equation, EquationField
from specgraph.ops.proofs import proves_equal
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import FanScaled, InitializerField
from specgraph.training.regularizers import RegularizerField


@register_op
class EinsumDense(Op):
    """The input times a kernel as an equation says: `btd,dhk->bthk`."""

    label: ClassVar[str] = "einsum_dense"
    leading: ClassVar[str | None] = "equation"
    spellings = {"subscripts": "equation", "units": "output_shape"}

    equation: EquationField
    """Letters for the axes of the input (the batch first, or `...`), of the kernel, and
    of the result."""
    output_shape: Annotated[
        tuple[Count | None, ...],
        BeforeValidator(one_or_more, json_schema_input_type=int | list[int | None]),
    ]
    """The last sizes of the result; what the input has may be left open (null)."""
    bias_axes: str | None = None
    """The letters of the result along which there is a bias; left out, there is none."""
    activation: ActivationField = None
    """What is applied to the result."""
    kernel_initializer: InitializerField = default("glorot_uniform")
    bias_initializer: InitializerField = default("zeros")
    kernel_regularizer: RegularizerField = None
    bias_regularizer: RegularizerField = None
    kernel_constraint: ConstraintField = None
    bias_constraint: ConstraintField = None

    samples = (
        Sample(
            "features",
            {"equation": "ab,bc->ac", "output_shape": 5, "bias_axes": "c"},
            (SampleInput((3,)),),
        ),
        Sample(
            "to heads, any length",
            {
                "equation": "btd,dhk->bthk",
                "output_shape": [None, 2, 4],
                "bias_axes": "hk",
                "activation": "relu",
            },
            (SampleInput(("time", 3)),),
        ),
        Sample(
            "from heads, dots",
            {"equation": "...hk,hkd->...d", "output_shape": (5,)},
            (SampleInput((2, 4, 3)),),
            "torch",
        ),
        Sample(
            "a bias of the first axis",
            {"equation": "btd,de->bte", "output_shape": (5, 5), "bias_axes": "t"},
            (SampleInput((5, 3)),),
        ),
        Sample(
            "initializers and penalties",
            {
                "equation": "bti,ij->btj",
                "output_shape": (None, 4),
                "bias_axes": "j",
                "kernel_initializer": "he_normal",
                "bias_initializer": "ones",
                "kernel_regularizer": "l2",
                "bias_regularizer": "l1",
                "kernel_constraint": {"max_norm": {"max_value": 0.5, "axis": 1}},
                "bias_constraint": "non_neg",
            },
            (SampleInput((2, 3)),),
            "torch",
        ),
    )

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The letters that `...` stand for."""
        return self.filled(equation=str(self._equation(inputs)))

    def _equation(self, inputs: Bound[TensorType]) -> Equation:
        found = Equation.read(self.equation).spelt(inputs.first.rank)
        if len(found.operands) != 2:
            raise ShapeError(
                f"einsum_dense: {self.equation} is not of an input, a kernel and a "
                f"result",
                "as in `btd,dhk->bthk`",
            )
        given, kernel = found.operands
        batch = given[:1]
        if not batch or found.output[:1] != batch or batch in kernel:
            raise ShapeError(
                f"einsum_dense: the batch is not the first letter of input and result "
                f"alone in {self.equation}",
                f"an equation is of {RULE}",
            )
        if len(given) != inputs.first.rank:
            raise ShapeError(
                f"einsum_dense: {given} are {len(given)} axes, the batch and "
                f"{inputs.first} are {inputs.first.rank}"
            )
        return found

    def _sizes(self, inputs: Bound[TensorType]) -> dict[str, Dim]:
        """The size of each letter but the batch; raises ShapeError."""
        found = self._equation(inputs)
        sizes = dict(zip(found.operands[0][1:], inputs.first.shape, strict=True))
        letters = found.output[1:]
        if len(self.output_shape) > len(letters):
            raise ShapeError(
                f"einsum_dense: {list(self.output_shape)} are more sizes than "
                f"{found.output} has letters behind the batch"
            )
        for letter, size in zip(
            reversed(letters), reversed(self.output_shape), strict=False
        ):
            if size is None:
                continue
            known = sizes.setdefault(letter, size)
            if not proves_equal(known, size, inputs.sizes):
                raise ShapeError(
                    f"einsum_dense: {letter} of {self.equation} is {known}, and {size} "
                    f"in output_shape"
                )
        missing = [x for x in found.operands[1] + letters if x not in sizes]
        if missing:
            raise ShapeError(
                f"einsum_dense: nothing says the size of {missing[0]} in "
                f"{self.equation}",
                "`output_shape` gives the last sizes of the result",
            )
        return sizes

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`kernel` with the axes of its letters, and `bias`, of size 1 between them."""
        found, sizes = self._equation(inputs), self._sizes(inputs)
        letters = found.operands[1]
        shape = tuple(self.fixed(sizes[x], f"`{x}` of its kernel") for x in letters)
        inner = tuple(n for n, x in enumerate(letters) if x not in found.output)
        outer = tuple(n for n, x in enumerate(letters) if x in found.output)
        fan = 1
        for place in inner:
            fan *= shape[place]
        start = self.kernel_initializer
        if isinstance(start, FanScaled):
            start = start.over(inner, outer)
        kernel = self.weight("kernel", shape, initializer=start)
        if self.bias_axes is None:
            return (kernel.with_fan(fan),)
        bias = self.weight("bias", self._bias_shape(found.output, sizes))
        return kernel.with_fan(fan), bias.with_fan(fan)

    def _bias_shape(self, output: str, sizes: dict[str, Dim]) -> tuple[int, ...]:
        axes = self.bias_axes or ""
        if not axes or not set(axes) <= set(output[1:]):
            raise ShapeError(
                f"einsum_dense: bias_axes {axes!r} are no letters of {output[1:]!r}"
            )
        rest = output[min(map(output.index, axes)) :]
        return tuple(
            self.fixed(sizes[x], f"`{x}` of its bias") if x in axes else 1 for x in rest
        )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The sizes of the result's letters, without layout."""
        found, sizes = self._equation(inputs), self._sizes(inputs)
        shape = tuple(sizes[x] for x in found.output[1:])
        output = TensorType(shape, inputs.first.dtype)
        return {"output": activated(self.activation, output)}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One for each number of the sums."""
        return product(self._sizes(inputs).values())
