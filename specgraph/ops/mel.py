"""Sound: mel bands, their logarithms and cosine transforms."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from specgraph.ops.audio import FRAMES, Framed, FrameLength, refused
from specgraph.ops.base import (
    Bound,
    Count,
    Op,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    register_op,
)
from specgraph.ops.dims import Dim, product

Frequency = Annotated[float, Field(ge=0)]
"""A number of Hz."""
_BANDS = {
    "n_mels": "num_mels",
    "num_mel_bins": "num_mels",
    "sample_rate": "sampling_rate",
    "sr": "sampling_rate",
    "fmin": "min_freq",
    "f_min": "min_freq",
    "fmax": "max_freq",
    "f_max": "max_freq",
    "htk": "mel_scale",
}
_LEVELS = {"min_power": "amin", "power_to_db": "log"}


class Banded(Op):
    """An op on mel bands: triangles between neighbours of evenly spaced mels.

    The triangles are straight over Hz, as in librosa; `htk` mels are 2595 log10(1 + f /
    700), `slaney` ones 3 f / 200 up to 1 kHz and 15 + 27 log(f / 1000) / log(6.4) above.
    """

    num_mels: Count = 128
    """The number of bands."""
    sampling_rate: Count = 16000
    """Samples a second."""
    min_freq: Frequency = 0.0
    """Where the first band begins, in Hz."""
    max_freq: Frequency | None = None
    """Where the last band ends, in Hz; left out, half the sampling rate."""
    mel_scale: Literal["slaney", "htk"] = "slaney"
    """What a mel is."""
    norm: Literal["slaney"] | None = "slaney"
    """Whether a triangle has area 1 over Hz; otherwise its height is 1."""

    @property
    def highest(self) -> float:
        """Where the last band ends, in Hz."""
        return self.sampling_rate / 2 if self.max_freq is None else self.max_freq

    @model_validator(mode="after")
    def _spans(self) -> Self:
        half = self.sampling_rate / 2
        if self.max_freq is not None and self.max_freq > half:
            raise refused(self, "max_freq", f"at most half the sampling rate, {half:g}")
        if self.min_freq >= self.highest:
            raise refused(self, "min_freq", f"below {self.highest:g}")
        return self


@register_op
class MelFilterbank(Banded):
    """The bins of a spectrum [..., bins] summed by mel bands: [..., num_mels].

    As librosa's `filters.mel`.
    """

    label: ClassVar[str] = "mel_filterbank"
    leading: ClassVar[str | None] = "num_mels"
    spellings = {**_BANDS, "n_fft": "fft_length"}

    fft_length: Count | None = None
    """How many samples were transformed; left out, an even number: 2 (bins - 1)."""

    samples = (
        Sample("bands", 3, (SampleInput(("frames", 17)),)),
        Sample(
            "HTK",
            {"num_mels": 4, "mel_scale": "htk", "norm": None, "sampling_rate": 8000},
            (SampleInput((5, 9)),),
            "torch",
        ),
        Sample(
            "some frequencies, an odd transform",
            {
                "num_mels": 5,
                "min_freq": 90.0,
                "max_freq": 3500,
                "fft_length": 15,
                "sampling_rate": 8000,
            },
            (SampleInput((2, 3, 8), layout="none"),),
        ),
    )

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The length of the transform is filled in."""
        return self.filled(fft_length=self.transformed(inputs.first))

    def transformed(self, kind: TensorType) -> int:
        """How many samples were transformed; raises ShapeError."""
        if not kind.shape:
            raise ShapeError(f"{self.label} needs [..., bins], got {kind}")
        bins = self.fixed(kind.shape[-1], "bins")
        if self.fft_length is not None and self.fft_length // 2 + 1 != bins:
            raise ShapeError(
                f"{self.label}: a transform of {self.fft_length} samples has "
                f"{self.fft_length // 2 + 1} bins, got {kind}",
            )
        if bins < 2:
            raise ShapeError(f"{self.label} needs 2 bins or more, got {kind}")
        return self.fft_length or 2 * (bins - 1)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The bands in place of the bins."""
        kind = inputs.first
        self.transformed(kind)
        return {"output": TensorType((*kind.shape[:-1], self.num_mels), kind.dtype)}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One for each bin and band."""
        return product(inputs.first.shape) * self.num_mels


class LogMel(Banded, Framed):
    """An op on logarithms of a sound's mel bands."""

    frame_length: FrameLength = 2048
    """The length of the window, in samples."""
    power: Literal[1, 2] = 2
    """Whether bands are sums of magnitudes, or of their squares."""
    log: Literal["decibel", "natural", "log10"] = "decibel"
    """The logarithm; decibels are 10 log10 of squares, 20 log10 of magnitudes."""
    amin: Annotated[float, Field(gt=0)] = 1e-10
    """Bands count as no less than this."""
    top_db: Annotated[float, Field(gt=0)] | None = 80.0
    """By how many decibels, whatever `log`, bands may be below the greatest of all of an
    example's; the others are raised to that. `null` leaves them."""

    @property
    def tenfold(self) -> int:
        """How many decibels a factor of 10 is."""
        return 20 // self.power

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One for each bin and band of each frame."""
        return self.frames(inputs) * self.bins * self.num_mels


@register_op
class LogMelSpectrogram(LogMel):
    """Logarithms of a sound's mel bands, [frames, num_mels].

    As librosa's `feature.melspectrogram` and `power_to_db` of each example.
    """

    label: ClassVar[str] = "log_mel_spectrogram"
    leading: ClassVar[str | None] = "num_mels"
    spellings = {**FRAMES, **_BANDS, **_LEVELS}

    samples = (
        Sample("decibels", {"num_mels": 3, "frame_length": 16}, (SampleInput((39,)),)),
        Sample(
            "logarithms, any length",
            {
                "num_mels": 4,
                "frame_length": 12,
                "frame_step": 5,
                "pad_mode": "constant",
                "fft_length": 16,
                "log": "natural",
                "top_db": None,
                "amin": 1e-6,
                "mel_scale": "htk",
                "norm": None,
            },
            (SampleInput(("time",)),),
            "torch",
        ),
        Sample(
            "magnitudes, little depth",
            {
                "num_mels": 3,
                "frame_length": 16,
                "window": "hamming",
                "periodic": False,
                "power": 1,
                "top_db": 6,
                "center": False,
                "sampling_rate": 8000,
                "min_freq": 90.0,
                "max_freq": 3500,
            },
            (SampleInput((41,)),),
        ),
        Sample(
            "log10, little depth, a high floor",
            {
                "num_mels": 3,
                "frame_length": 16,
                "log": "log10",
                "amin": 1e-3,
                "top_db": 9.0,
                "norm": None,
            },
            (SampleInput((37,)),),
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The bands of each frame."""
        shape = (self.frames(inputs), self.num_mels)
        return {"output": TensorType(shape, inputs.first.dtype)}


@register_op
class Mfcc(LogMel):
    """The first cosine coefficients of a log-mel spectrogram, [frames, coefficients].

    The transform along the bands is of type II, orthonormal, as in librosa.
    """

    label: ClassVar[str] = "mfcc"
    leading: ClassVar[str | None] = "num_coefficients"
    spellings = {
        **FRAMES,
        **_BANDS,
        **_LEVELS,
        "n_mfcc": "num_coefficients",
        "num_mfccs": "num_coefficients",
    }

    num_coefficients: Count = 20
    """How many coefficients are kept."""

    samples = (
        Sample(
            "some",
            {"num_coefficients": 3, "num_mels": 5, "frame_length": 16},
            (SampleInput((39,)),),
        ),
        Sample(
            "all, any length",
            {
                "num_coefficients": 4,
                "num_mels": 4,
                "frame_length": 12,
                "pad_mode": "constant",
                "log": "natural",
                "top_db": 9,
            },
            (SampleInput(("time",)),),
            "torch",
        ),
        Sample(
            "HTK's mels of magnitudes",
            {
                "num_coefficients": 4,
                "num_mels": 5,
                "frame_length": 12,
                "frame_step": 7,
                "fft_length": 16,
                "window": "hamming",
                "periodic": False,
                "center": False,
                "power": 1,
                "amin": 1e-5,
                "sampling_rate": 8000,
                "min_freq": 90.0,
                "max_freq": 3500,
                "mel_scale": "htk",
                "norm": None,
            },
            (SampleInput((37,)),),
        ),
    )

    @model_validator(mode="after")
    def _are_there(self) -> Self:
        if self.num_coefficients > self.num_mels:
            raise refused(self, "num_coefficients", f"at most {self.num_mels} (bands)")
        return self

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The coefficients of each frame."""
        shape = (self.frames(inputs), self.num_coefficients)
        return {"output": TensorType(shape, inputs.first.dtype)}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """Those of the bands, and one for each band and coefficient."""
        cosines = self.frames(inputs) * self.num_mels * self.num_coefficients
        return super().multiply_adds(inputs) + cosines
