"""Mel bands: helpers, for those of Keras are triangles over mels."""

from __future__ import annotations

import math

from specgraph.lower.code import Argument, call
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Lowered
from specgraph.ops.mel import Banded, LogMel, LogMelSpectrogram, MelFilterbank, Mfcc
from specgraph_keras.rules.audio import transform
from specgraph_keras.rules.base import RULES, chain


@RULES.lower(MelFilterbank)
def mel_filterbank(op: MelFilterbank, at: At) -> Lowered:
    """A helper."""
    assert op.fft_length
    return chain(at, filterbank(op, at, op.fft_length))


@RULES.lower(LogMelSpectrogram)
def log_mel_spectrogram(op: LogMelSpectrogram, at: At) -> Lowered:
    """Helpers one after the other."""
    return chain(at, *spectrogram(op, at), levels(op, at))


@RULES.lower(Mfcc)
def mfcc(op: Mfcc, at: At) -> Lowered:
    """Helpers one after the other."""
    log = levels(op, at, "_log")
    name = at.layer("")
    cosines = call(at.helper("Cosines"), op.num_coefficients, name=name)
    return chain(at, *spectrogram(op, at), log, cosines)


def filterbank(op: Banded, at: At, fft_length: int, suffix: str = "") -> Expr:
    """The layer of mel bands."""
    named: dict[str, Argument] = {}
    if op.mel_scale == "htk":
        named["htk"] = True
    if op.norm is None:
        named["norm"] = False
    limits = (op.sampling_rate, op.min_freq, op.highest)
    layer, name = at.helper("MelFilterbank"), at.layer(suffix)
    return call(layer, op.num_mels, fft_length, *limits, **named, name=name)


def spectrogram(op: LogMel, at: At) -> tuple[Expr, Expr]:
    """The layers of a mel spectrogram."""
    spectra = transform(op, at, op.power, "_stft")
    return spectra, filterbank(op, at, op.transformed, "_mel")


def levels(op: LogMel, at: At, suffix: str = "") -> Expr:
    """The layer of logarithms."""
    one = math.log(10) if op.log == "natural" else 1.0
    named: dict[str, Argument] = {}
    if op.log == "decibel":
        one = named["factor"] = op.tenfold
    if op.log == "natural":
        named["natural"] = True
    if op.top_db is not None:
        named["depth"] = op.top_db * one / op.tenfold
    layer, name = at.helper("Levels"), at.layer(suffix)
    return call(layer, op.amin, **named, name=name)
