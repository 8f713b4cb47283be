"""What the ops of sound compute, held against numbers that librosa 0.11 gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from specgraph.ops import OPS
from specgraph.ops.base import Bound, TensorType
from specgraph.reference import Array, Evaluation, evaluate

SOUND = np.sin(np.arange(20) ** 2 / 7)[None]


def made(label: str, call: object, x: Array) -> Array:
    """The op's output for the only example."""
    types = Bound({"input": (TensorType(x.shape[1:]),)})
    op = OPS.find(label).call(call).resolve(types)
    outputs = evaluate(op, Evaluation(Bound({"input": (x,)}), types))
    found: Array = outputs["output"][0]
    assert found.shape == op.infer(types)["output"].shape
    return found


SPECTRA: list[tuple[dict[str, object], list[complex]]] = [
    (
        {"frame_length": 8, "frame_step": 5},
        [
            0.026750757,
            0.1022349 + 0.103282304j,
            0.355581711 - 0.081003188j,
            -2.080209133 - 0.607126208j,
            3.218034288,
        ],
    ),
    (
        {
            "frame_length": 5,
            "frame_step": 5,
            "fft_length": 8,
            "window": "hamming",
            "pad_mode": "constant",
        },
        [
            -0.097541632,
            -0.042653135 + 0.111802476j,
            0.791419505 - 0.419759741j,
            -1.761551744 + 0.333168345j,
            2.123112382,
        ],
    ),
]


@pytest.mark.parametrize(("call", "expected"), SPECTRA)
def test_a_frame_has_the_spectrum_of_librosa(
    call: dict[str, object], expected: list[complex]
) -> None:
    parts = made("stft", call, SOUND)
    assert parts.shape[0] == 5
    np.testing.assert_allclose(parts[2] @ [1, 1j], expected, atol=1e-8)
    for power in (1, 2):
        found = made("stft", {**call, "power": power}, SOUND)
        np.testing.assert_allclose(found[2], np.abs(expected) ** power, atol=1e-7)


def test_frames_that_are_not_centered_begin_at_their_place() -> None:
    call = {"frame_length": 4, "frame_step": 3, "center": False}
    (first, second) = made("stft", {**call, "window": "rectangular"}, SOUND[:, :8])
    np.testing.assert_allclose(first @ [1, 1j], np.fft.rfft(SOUND[0, :4]), atol=1e-12)
    np.testing.assert_allclose(second @ [1, 1j], np.fft.rfft(SOUND[0, 3:7]), atol=1e-12)


WINDOWS: list[tuple[str, bool, list[float]]] = [
    ("hann", True, [0, 0.5, 1, 0.5]),
    ("hann", False, [0, 0.75, 0.75, 0]),
    ("hamming", True, [0.08, 0.54, 1, 0.54]),
    ("blackman", False, [0, 0.63, 0.63, 0]),
    ("rectangular", True, [1, 1, 1, 1]),
]


@pytest.mark.parametrize(("window", "periodic", "expected"), WINDOWS)
def test_a_window_is_the_spectrum_of_ones(
    window: str, periodic: bool, expected: list[float]
) -> None:
    call = {"frame_length": 4, "window": window, "periodic": periodic, "center": False}
    parts = made("stft", call, np.ones((1, 4)))[0]
    found = np.fft.irfft(parts @ [1, 1j], 4)
    np.testing.assert_allclose(found, expected, atol=1e-12)


BANDS: list[tuple[dict[str, Any], int, list[dict[int, float]]]] = [
    (
        {"num_mels": 4, "sampling_rate": 8000},
        9,
        [
            {1: 0.0019911717592647543},
            {
                1: 0.00012631023883561548,
                2: 0.00169804266550993,
                3: 6.795750988796456e-05,
            },
            {
                2: 0.00013976658365422588,
                3: 0.0012614937163249987,
                4: 0.00064534057207249,
            },
            {
                4: 0.00040878252011385775,
                5: 0.0007890777447591204,
                6: 0.0005260518298394136,
                7: 0.0002630259149197068,
            },
        ],
    ),
    (
        {
            "num_mels": 3,
            "sampling_rate": 8000,
            "fft_length": 15,
            "min_freq": 100.0,
            "max_freq": 3500.0,
            "mel_scale": "htk",
            "norm": None,
        },
        8,
        [
            {1: 0.9640341388941638, 2: 0.10668186232973562},
            {1: 0.03596586110583622, 2: 0.8933181376702644, 3: 0.5040824546222642},
            {
                3: 0.49591754537773586,
                4: 0.9588342255271863,
                5: 0.5846550155653574,
                6: 0.21047580560352872,
            },
        ],
    ),
]


@pytest.mark.parametrize(("call", "bins", "expected"), BANDS)
def test_a_bin_counts_in_bands_as_in_librosa(
    call: dict[str, Any], bins: int, expected: list[dict[int, float]]
) -> None:
    found = made("mel_filterbank", call, np.eye(bins)[None])
    rows = [[row.get(k, 0.0) for k in range(bins)] for row in expected]
    np.testing.assert_allclose(found.T, rows, atol=1e-14)


CALL = {
    "num_mels": 4,
    "sampling_rate": 8000,
    "frame_length": 16,
    "frame_step": 8,
    "top_db": 12.0,
}
DECIBELS = [
    [-22.637527101724753, -24.59306900550039, -21.906318308122884, -31.61825812076647],
    [-31.61825812076647, -29.866276797261264, -23.88022657863983, -19.61825812076647],
    [
        -27.867965043082677,
        -23.619348575125095,
        -19.787724902776663,
        -20.657762555724055,
    ],
]
COEFFICIENTS = [
    [-50.37758626805726, 5.139915773755304, -3.8781989544339766],
    [-52.491509808717026, -9.459191306056864, 1.25499356718408],
    [-45.96640053835426, -5.747121663972564, -2.5593270604524854],
]
UNITS = {"decibel": 1.0, "log10": 0.1, "natural": np.log(10) / 10}


@pytest.mark.parametrize("log", UNITS)
def test_bands_have_the_levels_of_librosa(log: str) -> None:
    found = made("log_mel_spectrogram", {**CALL, "log": log}, SOUND)
    np.testing.assert_allclose(found, np.multiply(DECIBELS, UNITS[log]), atol=1e-9)


def test_decibels_of_magnitudes_are_twenty_to_the_factor_of_ten() -> None:
    found = made("log_mel_spectrogram", {**CALL, "power": 1, "top_db": None}, SOUND)
    magnitudes = made("stft", {"frame_length": 16, "frame_step": 8, "power": 1}, SOUND)
    bands = {"num_mels": 4, "sampling_rate": 8000}
    mel = made("mel_filterbank", bands, magnitudes[None])
    np.testing.assert_allclose(found, 20 * np.log10(mel), atol=1e-9)


def test_silence_is_the_least_level() -> None:
    found = made("log_mel_spectrogram", {**CALL, "amin": 1e-6}, np.zeros((1, 20)))
    np.testing.assert_allclose(found, np.full((3, 4), -60.0))


def test_the_greatest_is_that_of_each_example() -> None:
    both = np.concatenate([SOUND, 1000 * SOUND])
    types = Bound({"input": (TensorType((20,)),)})
    op = OPS.find("log_mel_spectrogram").call(CALL).resolve(types)
    found = evaluate(op, Evaluation(Bound({"input": (both,)}), types))["output"]
    np.testing.assert_allclose(found[1], found[0] + 60, atol=1e-9)
    np.testing.assert_allclose(found[0], DECIBELS, atol=1e-9)


def test_coefficients_are_those_of_librosa() -> None:
    found = made("mfcc", {**CALL, "num_coefficients": 3}, SOUND)
    np.testing.assert_allclose(found, COEFFICIENTS, atol=1e-9)
