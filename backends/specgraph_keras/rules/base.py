"""The rule table of Keras, and how its rules make layers."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.pycode import Assign, Expr, Stmt
from specgraph.lower.rules import At, Lowered, Rules
from specgraph.lower.slots import AnySlot
from specgraph.ops.base import Op

RULES: Rules[Op] = Rules("keras", package=__package__)


def make(at: At, layer: str | Expr, *args: Argument, **named: Argument) -> Expr:
    """A layer of `keras.layers`, or a helper, with the node's name.

    Frozen where the node is.
    """
    if not at.trainable and at.params:
        named["trainable"] = False
    function = f"layers.{layer}" if isinstance(layer, str) else layer
    return call(function, *args, **named, name=at.layer(""))


def chain(at: At, *layers: Expr | None, slots: tuple[AnySlot, ...] = ()) -> Lowered:
    """Layers one after the other, a statement each; None is none."""
    first, *others = [layer for layer in layers if layer is not None]
    made = call(first, at.input)
    body: list[Stmt] = []
    for layer in others:
        body.append(Assign([at.result("output")], made))
        made = call(layer, at.result("output"))
    return Lowered({"output": made}, body=body, slots=slots)
