"""What acts in training alone."""

from __future__ import annotations

from specgraph.lower.code import call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.regularize import Dropout
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Dropout)
def dropout(op: Dropout, at: At) -> Lowered:
    """`layers.Dropout`."""
    return Lowered({"output": call(make(at, "Dropout", op.rate), at.input)})
