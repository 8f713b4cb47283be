"""Mel bands: `torch.stft`, and helpers for the matrices of bands and cosines."""

from __future__ import annotations

import math

from specgraph.lower.code import Argument, binary, call, method
from specgraph.lower.pycode import Assign, Expr, Stmt
from specgraph.lower.rules import At, Lowered
from specgraph.ops.mel import Banded, LogMel, LogMelSpectrogram, MelFilterbank, Mfcc
from specgraph_torch.rules.audio import magnitudes, transform
from specgraph_torch.rules.base import RULES


@RULES.lower(MelFilterbank)
def mel_filterbank(op: MelFilterbank, at: At) -> Lowered:
    """A product with a helper's matrix."""
    assert op.fft_length
    return Lowered({"output": banded(op, at, at.input, op.fft_length)})


@RULES.lower(LogMelSpectrogram)
def log_mel_spectrogram(op: LogMelSpectrogram, at: At) -> Lowered:
    """`torch.stft`, a product with a helper's matrix, and the logarithm."""
    body = levels(op, at)
    *body, last = body
    return Lowered({"output": last.value}, body=list[Stmt](body))


@RULES.lower(Mfcc)
def mfcc(op: Mfcc, at: At) -> Lowered:
    """A product of the log-mel spectrogram with a helper's matrix."""
    levelled = at.result("output")
    cosines = call(at.helper("cosines"), op.num_mels, op.num_coefficients)
    made = binary(levelled, "@", method(cosines, "to", levelled))
    return Lowered({"output": made}, body=list[Stmt](levels(op, at)))


def banded(op: Banded, at: At, spectra: Expr, fft_length: int) -> Expr:
    """The mel bands of spectra."""
    named: dict[str, Argument] = {}
    if op.mel_scale == "htk":
        named["htk"] = True
    if op.norm is None:
        named["norm"] = False
    limits = (op.sampling_rate, op.min_freq, op.highest)
    filters = call(at.helper("mel_filters"), op.num_mels, fft_length, *limits, **named)
    return binary(spectra, "@", method(filters, "to", spectra))


def levels(op: LogMel, at: At) -> list[Assign]:
    """The steps to a log-mel spectrogram."""
    x = at.result("output")
    clamped = method(x, "clamp", min=op.amin)
    log = method(clamped, "log" if op.log == "natural" else "log10")
    unit = {"decibel": 1.0, "natural": math.log(10) / op.tenfold}
    steps: list[Expr] = [
        transform(op, at),
        magnitudes(x, op.power),
        banded(op, at, x, op.transformed),
        binary(op.tenfold, "*", log) if op.log == "decibel" else log,
    ]
    if op.top_db is not None:
        depth = op.top_db * unit.get(op.log, 1 / op.tenfold)
        greatest = method(x, "amax", (1, 2), keepdim=True)
        steps.append(call("torch.maximum", x, binary(greatest, "-", depth)))
    return [Assign([x], step) for step in steps]
