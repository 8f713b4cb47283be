"""Other dtypes: `ops.cast` and `ops.one_hot`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.base import FLOATS
from specgraph.ops.cast import Cast, OneHot
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Cast)
def cast(op: Cast, at: At) -> Lowered:
    """`ops.cast`; floats are of the type that Keras is set to."""
    if op.dtype == at.type.dtype:
        return Lowered({"output": call(make(at, "Identity"), at.input)})
    dtype: Argument = op.dtype
    given = at.input
    if op.dtype == "float32":
        dtype = call("keras.config.floatx")
    if op.dtype == "uint8" and at.types.first.dtype in FLOATS:
        # Of negative floats TensorFlow makes 0, or not, by the size of the tensor.
        given = call("ops.cast", given, "int32")
    return Lowered({"output": call("ops.cast", given, dtype)})


@RULES.lower(OneHot)
def one_hot(op: OneHot, at: At) -> Lowered:
    """`ops.one_hot`."""
    return Lowered({"output": call("ops.one_hot", at.input, op.num_classes)})
