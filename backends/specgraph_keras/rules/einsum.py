"""Dense layers along any axes: `layers.EinsumDense`."""

from __future__ import annotations

from dataclasses import replace

from specgraph.lower.code import Argument
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.base import Param
from specgraph.ops.einsum import EinsumDense
from specgraph.training.initializers import INITIALIZERS, FanScaled
from specgraph_keras.initializers import KAIMING, in_training, initializer, starts
from specgraph_keras.rules.activation import after
from specgraph_keras.rules.base import RULES, chain, make


@RULES.lower(EinsumDense)
def einsum_dense(op: EinsumDense, at: At) -> Lowered:
    """The framework's layer, or a helper where it would take its bias for another."""
    activation, layer = after(at, op.activation)
    shape = op.infer(at.types)["output"].shape
    sizes: Argument = tuple(s if isinstance(s, int) else None for s in shape)
    named: dict[str, Argument] = {"output_shape": sizes}
    bias = at.param("bias")
    if bias is not None:
        named["bias_axes"] = op.bias_axes
    named |= activation
    kernel = at.params[0]
    if op.kernel_initializer != INITIALIZERS.parse("glorot_uniform"):
        named["kernel_initializer"] = _initializer(op, at, kernel)
    named |= starts(at, {}, bias_initializer=("bias", "zeros"))
    named |= in_training(op, "kernel", "bias")
    misread = bias is not None and len(bias.shape) > 1 and bias.shape[-1] == 1
    kind = at.helper("EinsumDense") if misread else "EinsumDense"
    made = make(at, kind, op.equation, **named)
    slots = tuple(slot(param.name, param.name) for param in at.params)
    return chain(at, made, layer, slots=slots)


def _initializer(op: EinsumDense, at: At, kernel: Param) -> Expr:
    """The kernel's initializer; the layer finds out the axes of its fans by itself."""
    found = op.kernel_initializer
    if isinstance(found, FanScaled) and found != KAIMING:
        kernel = replace(kernel, initializer=found)
    return initializer(at, kernel)
