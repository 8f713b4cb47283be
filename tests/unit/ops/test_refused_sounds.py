"""The sounds and attributes that ops of sound refuse, word for word."""

from __future__ import annotations

import pytest

from specgraph.definition import CallError
from specgraph.ops import OPS
from specgraph.ops.base import Bound, ShapeError, TensorType
from specgraph.ops.dims import Dim, symbol
from specgraph.ops.sizes import Bounds

TIME = symbol("time")
SHAPES: list[tuple[str, object, tuple[Dim, ...], str, str]] = [
    (
        "stft",
        8,
        (20, 1),
        "stft needs [time], got [20, 1]",
        "`squeeze: -1` before it takes away an axis of one channel",
    ),
    ("mfcc", None, (20, 2), "mfcc needs [time], got [20, 2]", ""),
    (
        "stft",
        8,
        (4,),
        "stft mirrors 4 samples at both ends of a time of at least 5, got 4",
        "`pad_mode: constant` pads zeros",
    ),
    (
        "stft",
        8,
        (TIME,),
        "stft mirrors 4 samples at both ends of a time of at least 5, got time",
        "`dims: {time: {min: 5}}` bounds it",
    ),
    (
        "stft",
        {"frame_length": 4, "fft_length": 8, "center": False},
        (7,),
        "stft: 8 samples do not fit into [7]",
        "use a shorter `frame_length`, or `center: true`",
    ),
    (
        "mel_filterbank",
        {"fft_length": 16},
        (5, 8),
        "mel_filterbank: a transform of 16 samples has 9 bins, got [5, 8]",
        "",
    ),
    (
        "mel_filterbank",
        3,
        (5, 1),
        "mel_filterbank needs 2 bins or more, got [5, 1]",
        "",
    ),
    ("mel_filterbank", 3, (), "mel_filterbank needs [..., bins], got []", ""),
]


@pytest.mark.parametrize(("label", "call", "shape", "message", "hint"), SHAPES)
def test_a_shape_is_refused(
    label: str, call: object, shape: tuple[Dim, ...], message: str, hint: str
) -> None:
    inputs = Bound({"input": (TensorType(shape),)})
    with pytest.raises(ShapeError) as caught:
        OPS.find(label).call(call).infer(inputs)
    assert (caught.value.message, caught.value.hint) == (message, hint)


CALLS: list[tuple[str, object, str]] = [
    (
        "stft",
        {"frame_length": 8, "fft_length": 6},
        "stft: fft_length must be at least 8, got 6",
    ),
    (
        "mel_filterbank",
        {"max_freq": 9000},
        "mel_filterbank: max_freq must be at most half the sampling rate, 8000, "
        "got 9000.0",
    ),
    (
        "log_mel_spectrogram",
        {"min_freq": 4000, "sampling_rate": 8000},
        "log_mel_spectrogram: min_freq must be below 4000, got 4000.0",
    ),
    (
        "mfcc",
        {"num_coefficients": 13, "num_mels": 12},
        "mfcc: num_coefficients must be at most 12 (bands), got 13",
    ),
]


@pytest.mark.parametrize(("label", "call", "message"), CALLS)
def test_attributes_that_disagree_are_refused(
    label: str, call: object, message: str
) -> None:
    with pytest.raises(CallError) as caught:
        OPS.find(label).call(call)
    assert [problem.message for problem in caught.value.problems] == [message]


def test_frames_of_any_length_are_counted() -> None:
    bound = Bound({"input": (TensorType((TIME,)),)}, {"time": Bounds(min=5)})
    call = {"frame_length": 8, "frame_step": 3}
    found = OPS.find("stft").call(call).infer(bound)["output"]
    assert str(found) == "[time // 3 + 1, 5, 2]"
