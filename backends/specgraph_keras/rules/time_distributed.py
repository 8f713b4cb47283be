"""Ops applied to every step: `layers.TimeDistributed` around each of their layers."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from specgraph.lower.code import call
from specgraph.lower.holding import steps_held
from specgraph.lower.pycode import Assign, Call, Const, Expr, Name, Stmt
from specgraph.lower.rules import At, Gap, Lowered, Step
from specgraph.lower.slots import AnySlot
from specgraph.ops.base import Bound, Sample, SampleInput, TensorType
from specgraph.ops.time_distributed import TimeDistributed
from specgraph_keras.rules.base import RULES

RULES.refuses(
    TimeDistributed,
    Sample(
        "what Keras has as a function along axes only",
        {"layer": {"sum": 1}},
        (SampleInput((5, 3)),),
    ),
)


@RULES.rewrite(TimeDistributed)
def one_by_one(op: TimeDistributed, types: Bound[TensorType]) -> list[Step] | None:
    """What the layer is in several ops is so of every step."""
    return steps_held(op, types, RULES)


@RULES.lower(TimeDistributed)
def time_distributed(op: TimeDistributed, at: At) -> Lowered:
    """`layers.TimeDistributed(layers.Conv2D(8, 3))`."""
    entry = RULES.find(type(op.layer))
    assert entry is not None
    types, label = op.steps(at.types), op.layer.label
    inner = replace(
        at,
        op=op.layer,
        types=types,
        inputs=types.map(lambda _: at.input),
        orders=types.map(lambda _: tuple(axis - 1 for axis in at.orders.first[1:])),
        layer=lambda suffix: Const(label + suffix),
    )
    lowered = entry.rule(op.layer, inner)
    if op.layer.order == "elementwise" and _is_function(lowered):
        return lowered
    lowered.body = [_statement(at, label, one) for one in lowered.body]
    lowered.outputs = {"output": _call(at, label, lowered.outputs["output"])}
    slots: list[AnySlot] = []
    for found in lowered.slots:
        slots.append(replace(found, key=f"{label}/{found.key}"))
    lowered.slots = tuple(slots)
    return lowered


def _is_function(lowered: Lowered) -> bool:
    """Whether no layer is called, so that there is nothing to hold."""
    made = lowered.outputs["output"]
    layered = isinstance(made, Call) and isinstance(made.func, Call)
    return not lowered.body and not lowered.slots and not layered


def _statement(at: At, label: str, statement: Stmt) -> Stmt:
    if not isinstance(statement, Assign):
        _refuse(label)
    return replace(statement, value=_call(at, label, statement.value))


def _call(at: At, label: str, value: Expr) -> Expr:
    """The call of a layer as that of the wrapper, which takes its name."""
    layer = value.func if isinstance(value, Call) else None
    if not isinstance(value, Call) or not isinstance(layer, Call):
        _refuse(label)
    names = [name.value for key, name in layer.kwargs if key == "name"]  # type: ignore
    if len(value.args) != 1 or len(names) != 1:
        _refuse(label)
    name = at.layer(str(names[0]).removeprefix(label))
    # Helpers do not say what shape they give, as Keras's layers do.
    kind: str | Expr = "layers.TimeDistributed"
    if isinstance(layer.func, Name):
        kind = at.helper("TimeDistributed")
    return call(call(kind, layer, name=name), *value.args)


def _refuse(label: str) -> NoReturn:
    raise Gap(f"layers.TimeDistributed holds layers, and {label} is none in Keras")
