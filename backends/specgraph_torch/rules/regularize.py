"""What acts in training alone: `nn.Dropout`."""

from __future__ import annotations

from specgraph.lower.code import call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.regularize import Dropout
from specgraph_torch.rules.base import RULES


@RULES.lower(Dropout)
def dropout(op: Dropout, at: At) -> Lowered:
    """The framework's layer."""
    layer = call("nn.Dropout", float(op.rate))
    return Lowered({"output": call(at.layer(""), at.input)}, {"": layer})
