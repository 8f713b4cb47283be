"""Other dtypes."""

from __future__ import annotations

from specgraph.lower.code import call, method
from specgraph.lower.pycode import dotted
from specgraph.lower.rules import At, Lowered
from specgraph.ops.cast import Cast, OneHot
from specgraph_torch.rules.base import RULES

METHODS = {"int32": "int", "int64": "long", "bool": "bool"}


@RULES.lower(Cast)
def cast(op: Cast, at: At) -> Lowered:
    """A method; a module makes floats of the type that the model has."""
    if op.dtype == at.type.dtype:
        return Lowered({"output": at.input})
    if op.dtype == "float32":
        made = call(at.layer(""), at.input)
        return Lowered({"output": made}, {"": call(at.helper("ToFloat"))})
    if op.dtype in METHODS:
        return Lowered({"output": method(at.input, METHODS[op.dtype])})
    return Lowered({"output": method(at.input, "to", dotted(f"torch.{op.dtype}"))})


@RULES.lower(OneHot)
def one_hot(op: OneHot, at: At) -> Lowered:
    """A module, since `F.one_hot` refuses ids that are no class, and gives integers."""
    made = call(at.layer(""), at.input)
    return Lowered({"output": made}, {"": call(at.helper("OneHot"), op.num_classes)})
