"""Sound: `torch.stft`."""

from __future__ import annotations

from specgraph.lower.code import Argument, call, method
from specgraph.lower.pycode import Assign, Attr, Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.audio import Framed, Stft
from specgraph_torch.rules.base import RULES


@RULES.lower(Stft)
def stft(op: Stft, at: At) -> Lowered:
    """`torch.stft`, time first."""
    x, first = at.result("output"), Assign([at.result("output")], transform(op, at))
    if op.power is None:
        made = call("torch.view_as_real", method(x, "transpose", 1, 2))
        return Lowered({"output": made}, body=[first])
    return Lowered({"output": magnitudes(x, op.power)}, body=[first])


def transform(op: Framed, at: At) -> Expr:
    """The complex spectra [B, bins, frames] of the input."""
    x = at.input
    kind: dict[str, Argument] = {"dtype": Attr(x, "dtype"), "device": Attr(x, "device")}
    if not op.periodic:
        kind = {"periodic": False, **kind}
    window = call(f"torch.{op.window}_window", op.frame_length, **kind)
    if op.window == "rectangular":
        window = method(x, "new_ones", op.frame_length)
    named: dict[str, Argument] = {}
    if op.frame_length != op.transformed:
        named["win_length"] = op.frame_length
    named["window"] = window
    if not op.center:
        named["center"] = False
    elif op.pad_mode != "reflect":
        named["pad_mode"] = op.pad_mode
    named["return_complex"] = True
    return call("torch.stft", x, op.transformed, op.step, **named)


def magnitudes(spectra: Expr, power: int) -> Expr:
    """The magnitudes of spectra, time first, or their squares."""
    found = method(method(spectra, "transpose", 1, 2), "abs")
    return method(found, "square") if power == 2 else found
