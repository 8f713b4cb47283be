"""Sound: a helper, for Keras's layer has other frames, in float32."""

from __future__ import annotations

from specgraph.lower.code import Argument, call
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.audio import Framed, Stft
from specgraph_keras.rules.base import RULES, chain

WINDOWS = {
    "hamming": (0.54, 0.46, 0.0),
    "blackman": (0.42, 0.5, 0.08),
    "rectangular": (1.0, 0.0, 0.0),
}
"""The windows as a - b cos(t) + c cos(2 t) that are not the helper's own."""


@RULES.lower(Stft)
def stft(op: Stft, at: At) -> Lowered:
    """A helper."""
    return chain(at, transform(op, at, op.power))


def transform(op: Framed, at: At, power: int | None, suffix: str = "") -> Expr:
    """The layer of spectra."""
    named: dict[str, Argument] = {}
    if op.window in WINDOWS:
        named["window"] = WINDOWS[op.window]
    if not op.periodic:
        named["periodic"] = False
    if not op.center:
        named["pad_mode"] = None
    elif op.pad_mode != "reflect":
        named["pad_mode"] = op.pad_mode
    if power is not None:
        named["power"] = power
    sizes = (op.frame_length, op.step, op.transformed)
    return call(at.helper("STFT"), *sizes, **named, name=at.layer(suffix))
