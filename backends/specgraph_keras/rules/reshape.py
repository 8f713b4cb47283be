"""Shapes."""

from __future__ import annotations

from specgraph.lower.code import call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.reshape import Flatten
from specgraph_keras.rules.base import RULES, make


@RULES.lower(Flatten)
def flatten(op: Flatten, at: At) -> Lowered:
    """`layers.Flatten`."""
    return Lowered({"output": call(make(at, "Flatten"), at.input)})
