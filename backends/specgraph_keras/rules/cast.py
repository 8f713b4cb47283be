"""Other dtypes: `ops.cast` and `ops.one_hot`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.cast import Cast, OneHot
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Cast)
def cast(op: Cast, at: At) -> Lowered:
    """`ops.cast`; floats are of the type that Keras is set to."""
    if op.dtype == at.type.dtype:
        return Lowered({"output": call(make(at, "Identity"), at.input)})
    dtype: Argument = op.dtype
    if op.dtype == "float32":
        dtype = call("keras.config.floatx")
    return Lowered({"output": call("ops.cast", at.input, dtype)})


@RULES.lower(OneHot)
def one_hot(op: OneHot, at: At) -> Lowered:
    """`ops.one_hot`."""
    return Lowered({"output": call("ops.one_hot", at.input, op.num_classes)})
