"""Recurrent layers in both directions: `layers.Bidirectional`."""

from __future__ import annotations

from dataclasses import replace

from specgraph.lower.code import Argument
from specgraph.lower.pycode import Const
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import AnySlot, Slot
from specgraph.ops.bidirectional import DIRECTIONS, Bidirectional
from specgraph.ops.inner import of_prefix
from specgraph.ops.recurrent import GatedCell
from specgraph_keras.rules.base import RULES, make
from specgraph_keras.rules.recurrent import called, is_doubled, layer_of, slots_of


@RULES.lower(Bidirectional)
def bidirectional(op: Bidirectional, at: At) -> Lowered:
    """`layers.Bidirectional(layers.LSTM(64))`; the second layer is a copy of the first."""
    # The wrapper itself says which steps give zeros.
    layer = op.layer.filled(zero_output_for_mask=False)
    inner = _inner(op, at, "forward")
    named: dict[str, Argument] = {}
    if op.merge_mode != "concat":
        named["merge_mode"] = op.merge_mode
    own: dict[str, Argument] = {}
    if isinstance(layer, GatedCell) and (
        layer.go_backwards or is_doubled(layer, inner)
    ):
        own["use_cudnn"] = False  # the wrapper's own kernels know neither
    if layer.go_backwards:  # the copy would be, too
        other = op.layers["backward"].filled(zero_output_for_mask=False)
        named["backward_layer"] = layer_of(other, _inner(op, at, "backward"), **own)
    made = make(at, "Bidirectional", layer_of(layer, inner, **own), **named)
    outputs = DIRECTIONS if op.merge_mode is None else ("output",)
    states = [f"{d}_{state}" for d in DIRECTIONS for state in layer.states]
    titles = (*outputs, *(states if layer.return_state else ()))
    results, body = called(layer, at, made, titles)
    slots: list[AnySlot] = []
    for direction in DIRECTIONS:
        inner = _inner(op, at, direction)
        slots += [
            _under(found, direction, layer.label) for found in slots_of(layer, inner)
        ]
    return Lowered(results, body=body, slots=tuple(slots))


def _inner(op: Bidirectional, at: At, direction: str) -> At:
    """Where the layer of a direction stands; the wrapper does not freeze it."""
    second = direction == "backward"
    title = f"{direction}_{op.layer.label}" if second else op.layer.label
    return replace(
        at,
        op=op.layers[direction],
        params=of_prefix(at.params, direction),
        layer=lambda _: Const(title),
    )


def _under(found: AnySlot, direction: str, label: str) -> AnySlot:
    """A slot of a direction's layer as one of the wrapper's."""
    key = f"{direction}_{label}/{found.key}"
    if not isinstance(found, Slot):
        return replace(found, key=key)
    pieces = tuple(replace(p, param=f"{direction}_{p.param}") for p in found.pieces)
    return replace(found, key=key, pieces=pieces)
