"""The rule table of Keras, and how its rules make layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from specgraph.lower.code import Argument, call
from specgraph.lower.pycode import Assign, Const, Expr, Stmt
from specgraph.lower.rules import At, Lowered, Rules
from specgraph.lower.slots import AnySlot
from specgraph.ops.base import Op, Param

RULES: Rules[Op] = Rules("keras", package=__package__)


def make(at: At, layer: str | Expr, *args: Argument, **named: Argument) -> Expr:
    """A layer of `keras.layers`, or a helper, with the node's name.

    Frozen where the node is.
    """
    if not at.trainable and at.params:
        named["trainable"] = False
    function = f"layers.{layer}" if isinstance(layer, str) else layer
    made = call(function, *args, **named, name=at.layer(""))
    return at.around(made) if isinstance(at, Held) else made


@dataclass(slots=True)
class Held(At):
    """Where the rule of an op stands that another op holds."""

    around: Callable[[Expr], Expr] = lambda layer: layer
    """What the other op's layer is, by the one that it holds."""


def held(
    op: Op, at: At, params: tuple[Param, ...], around: Callable[[Expr], Expr]
) -> Lowered:
    """What an op's rule gives, its layer inside of another one.

    Frozen with the outer one, which would not do it; its weights are below its name.
    """
    entry = RULES.find(type(op))
    assert entry is not None
    values = {field.name: getattr(at, field.name) for field in fields(At)}
    values |= {
        "op": op,
        "params": params,
        "layer": lambda suffix: at.layer(suffix) if suffix else Const(op.label),
    }
    lowered = entry.rule(op, Held(**values, around=around))
    lowered.slots = tuple(
        replace(slot, key=f"{op.label}/{slot.key}") for slot in lowered.slots
    )
    return lowered


def chain(at: At, *layers: Expr | None, slots: tuple[AnySlot, ...] = ()) -> Lowered:
    """Layers one after the other, a statement each; None is none."""
    first, *others = [layer for layer in layers if layer is not None]
    made = call(first, at.input)
    body: list[Stmt] = []
    for layer in others:
        body.append(Assign([at.result("output")], made))
        made = call(layer, at.result("output"))
    return Lowered({"output": made}, body=body, slots=slots)
