"""Recurrent layers: the fused `nn.LSTM`."""

from __future__ import annotations

from specgraph.lower.code import call, item, name
from specgraph.lower.pycode import Assign, Expr, Slice, Tuple
from specgraph.lower.rules import At, Lowered
from specgraph.lower.slots import AnySlot, Fixed, slot
from specgraph.ops.recurrent import LSTM
from specgraph_torch.initializers import FAN_IN, inits
from specgraph_torch.rules.base import RULES


@RULES.lower(LSTM)
def lstm(op: LSTM, at: At) -> Lowered:
    """The fused layer: same order of gates as Keras, two biases."""
    layer = call("nn.LSTM", at.params[0].shape[0], op.units, batch_first=True)
    slots: list[AnySlot] = [
        slot("weight_ih_l0", "kernel", axes=(1, 0)),
        slot("weight_hh_l0", "recurrent_kernel", axes=(1, 0)),
        slot("bias_ih_l0", "bias"),
    ]
    if at.param("recurrent_bias") is None:
        width = (4 * op.units,)
        slots.append(Fixed("bias_hh_l0", 0.0, width, adds_to="bias_ih_l0"))
    else:
        slots.append(slot("bias_hh_l0", "recurrent_bias"))
    sequence = at.result("output")
    made: Expr = call(at.layer(""), at.input)
    if op.return_sequences:
        made = at.tagged(made, "output", 0)
    body = Assign([Tuple([sequence, name("_")])], made)
    last = item(sequence, Slice(), -1)
    output = sequence if op.return_sequences else last
    starts = inits(
        at,
        weight_ih_l0=("kernel", FAN_IN),
        weight_hh_l0=("recurrent_kernel", FAN_IN),
        bias_ih_l0=("bias", FAN_IN),
        bias_hh_l0=("recurrent_bias", FAN_IN),
    )
    return Lowered({"output": output}, {"": layer}, [body], tuple(slots), starts)
