"""Shapes."""

from __future__ import annotations

from specgraph.lower.code import call
from specgraph.lower.rules import At, Lowered
from specgraph.ops.reshape import Flatten
from specgraph_torch.rules.base import RULES


@RULES.lower(Flatten)
def flatten(op: Flatten, at: At) -> Lowered:
    """`torch.flatten`, the batch kept."""
    return Lowered({"output": call("torch.flatten", at.input, 1)})
