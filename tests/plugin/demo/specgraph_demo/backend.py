"""A backend that writes NumPy: one function of weights by path, and of the inputs."""

from __future__ import annotations

from specgraph.ir.graph import Graph
from specgraph.lower.code import binary, call, folded, item, method, value
from specgraph.lower.function import plan_of, weight
from specgraph.lower.plan import Plan
from specgraph.lower.pycode import (
    Attr,
    Expr,
    Import,
    Tuple,
    UnaryOp,
)
from specgraph.lower.rules import At, Gap, Lowered, Rules
from specgraph.lower.slots import slot
from specgraph.ops.activation import Relu, Sigmoid, Tanh
from specgraph.ops.base import Activation, Op
from specgraph.ops.dense import Dense
from specgraph.ops.merge import Add, Concat
from specgraph.ops.regularize import Dropout
from specgraph.ops.reshape import Flatten

from .ops import ChannelAffine

RULES: Rules[Op] = Rules("numpy_source")


def activated(activation: Op | None, x: Expr) -> Expr:
    """An activation of an expression."""
    match activation:
        case None:
            return x
        case Relu(max_value=None, negative_slope=0, threshold=0):
            return call("np.maximum", x, 0)
        case Tanh():
            return call("np.tanh", x)
        case Sigmoid():
            return binary(1, "/", binary(1, "+", call("np.exp", UnaryOp("-", x))))
    raise Gap(f"it has no {activation.label} of these attributes")


@RULES.lower(Relu, Tanh, Sigmoid)
def activation(op: Activation, at: At) -> Lowered:
    """The activation as a layer."""
    return Lowered({"output": activated(op, at.input)})


@RULES.lower(Dense)
def dense(op: Dense, at: At) -> Lowered:
    """A product of matrices."""
    result: Expr = binary(at.input, "@", weight(at, "kernel"))
    slots = [slot("kernel", "kernel")]
    if op.use_bias:
        result = binary(result, "+", weight(at, "bias"))
        slots.append(slot("bias", "bias"))
    return Lowered({"output": activated(op.activation, result)}, slots=tuple(slots))


@RULES.lower(ChannelAffine)
def channel_affine(op: ChannelAffine, at: At) -> Lowered:
    """Channels last, a product with a vector; channels first, with a column of them."""
    vectors = [weight(at, param.name) for param in at.params]
    if at.type.layout == "channels_first":
        shape = (-1, *(1,) * (at.type.rank - 2))
        vectors = [method(vector, "reshape", *shape) for vector in vectors]
    result: Expr = binary(at.input, "*", vectors[0])
    if op.use_shift:
        result = binary(result, "+", vectors[1])
    slots = tuple(slot(param.name, param.name) for param in at.params)
    return Lowered({"output": result}, slots=slots)


@RULES.lower(Add)
def add(op: Add, at: At) -> Lowered:
    """The operator; NumPy broadcasts."""
    return Lowered({"output": folded(list(at.inputs), "+")})


@RULES.lower(Concat)
def concat(op: Concat, at: At) -> Lowered:
    """`np.concatenate`."""
    assert op.axis is not None
    joined = call("np.concatenate", Tuple(list(at.inputs)), axis=value(op.axis))
    return Lowered({"output": joined})


@RULES.lower(Flatten)
def flatten(op: Flatten, at: At) -> Lowered:
    """The batch stays."""
    batch = item(Attr(at.input, "shape"), 0)
    return Lowered({"output": method(at.input, "reshape", batch, -1)})


@RULES.lower(Dropout)
def dropout(op: Dropout, at: At) -> Lowered:
    """The function computes what the trained model does."""
    return Lowered({"output": at.input})


class NumpySource:
    """Emits model.py: a function that needs NumPy alone."""

    name = "numpy_source"
    requires = ("numpy",)
    worker = ""

    @property
    def rules(self) -> Rules[Op]:
        """How each op becomes an expression."""
        return RULES

    def plan(self, graph: Graph) -> Plan:
        """The file and maps of a canonical graph; raises SpecError for gaps."""
        return plan_of(graph, self.name, RULES, [Import("numpy", "np")])


backend = NumpySource()
