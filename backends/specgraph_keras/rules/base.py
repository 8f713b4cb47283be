"""The rule table of Keras, and how its rules make layers."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Rules
from specgraph.ops.base import Op

RULES: Rules[Op] = Rules("keras")


def make(at: At, layer: str, *args: Argument, **named: Argument) -> Expr:
    """A layer of `keras.layers` with the node's name, frozen where the node is."""
    if not at.trainable and at.params:
        named["trainable"] = False
    return call(f"layers.{layer}", *args, **named, name=at.layer(""))
