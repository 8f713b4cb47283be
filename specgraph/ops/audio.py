"""Sound: the spectra of its frames."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from specgraph.definition import CallError, Problem
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
from specgraph.ops.dims import Dim
from specgraph.ops.proofs import proves_at_least

FrameLength = Annotated[int, Field(ge=2)]
"""A number of samples that has a window."""
FRAMES = {
    "hop_length": "frame_step",
    "sequence_stride": "frame_step",
    "stride": "frame_step",
    "win_length": "frame_length",
    "sequence_length": "frame_length",
    "n_fft": "fft_length",
    "fft_size": "fft_length",
    "window_fn": "window",
    "centre": "center",
    "mag_exp": "power",
}


def refused(op: Op, attribute: str, wanted: str) -> CallError:
    """What an op raises where an attribute does not go with the others."""
    message = f"{op.label}: {attribute} must be {wanted}, got {getattr(op, attribute)}"
    return CallError(Problem("bad-value", message, (attribute,)))


class Framed(Op):
    """An op on frames of a sound [time]: frame i begins `frame_step` i samples on.

    A window of `frame_length` samples lies in the middle of the `fft_length` samples
    that are transformed (the odd one of zeros comes after), as in librosa.
    """

    frame_length: FrameLength
    """The length of the window, in samples."""
    frame_step: Count | None = None
    """From a frame to the next; left out, a quarter of `frame_length`."""
    fft_length: Count | None = None
    """How many samples are transformed; left out, `frame_length`."""
    window: Literal["hann", "hamming", "blackman", "rectangular"] = "hann"
    """What samples are multiplied by."""
    periodic: bool = True
    """Whether the window is one period long; otherwise it is symmetric."""
    center: bool = True
    """Whether frames lie around their place: half of `fft_length` is padded at both
    ends. Otherwise they begin there."""
    pad_mode: Literal["reflect", "constant"] = "reflect"
    """Whether that is the sound mirrored or zeros."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.fft_length is not None and self.fft_length < self.frame_length:
            raise refused(self, "fft_length", f"at least {self.frame_length}")
        return self

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """The step and the length of the transform are filled in."""
        return self.filled(frame_step=self.step, fft_length=self.transformed)

    @property
    def step(self) -> int:
        """From a frame to the next."""
        return self.frame_step or max(self.frame_length // 4, 1)

    @property
    def transformed(self) -> int:
        """How many samples are transformed."""
        return self.fft_length or self.frame_length

    @property
    def bins(self) -> int:
        """The number of frequencies: from 0 to half the sampling rate."""
        return self.transformed // 2 + 1

    def frames(self, inputs: Bound[TensorType]) -> Dim:
        """The number of frames; raises ShapeError."""
        kind = inputs.first
        if len(kind.shape) != 1:
            hint = "`squeeze: -1` before it takes away an axis of one channel"
            one = len(kind.shape) == 2 and kind.shape[-1] == 1
            raise ShapeError(f"{self.label} needs [time], got {kind}", hint * one)
        time, half = kind.shape[0], self.transformed // 2
        if self.center and self.pad_mode == "reflect":
            self._mirrors(time, half, inputs)
        padded = time + 2 * half if self.center else time
        count = (padded - self.transformed) // self.step + 1
        if isinstance(count, int) and count < 1:
            raise ShapeError(
                f"{self.label}: {self.transformed} samples do not fit into {kind}",
                "use a shorter `frame_length`, or `center: true`",
            )
        return count

    def _mirrors(self, time: Dim, half: int, inputs: Bound[TensorType]) -> None:
        if proves_at_least(time, half + 1, inputs.sizes):
            return
        hint = f"`dims: {{{time}: {{min: {half + 1}}}}}` bounds it"
        raise ShapeError(
            f"{self.label} mirrors {half} samples at both ends of a time of at least "
            f"{half + 1}, got {time}",
            "`pad_mode: constant` pads zeros" if isinstance(time, int) else hint,
        )


@register_op
class Stft(Framed):
    """The Fourier transform of each frame, [frames, bins, 2]: real and imaginary parts.

    With `power`, [frames, bins]: the magnitudes, or their squares. Bin k is the sum of
    window(n) x(n) exp(-2 pi i k n / fft_length), as of librosa and PyTorch.
    """

    label: ClassVar[str] = "stft"
    leading: ClassVar[str | None] = "frame_length"
    spellings = FRAMES

    power: Literal[1, 2] | None = None
    """1 for magnitudes, 2 for their squares; left out, the complex numbers."""

    samples = (
        Sample("complex numbers", 8, (SampleInput((17,)),), "torch"),
        Sample("squares", {"frame_length": 8, "power": 2}, (SampleInput((21,)),)),
        Sample(
            "magnitudes, zeros around, any length",
            {"frame_length": 6, "pad_mode": "constant", "power": 1, "frame_step": 4},
            (SampleInput(("time",)),),
        ),
        Sample(
            "a short window, not centered",
            {
                "frame_length": 5,
                "frame_step": 3,
                "fft_length": 8,
                "window": "hamming",
                "center": False,
            },
            (SampleInput((19,)),),
        ),
        Sample(
            "symmetric, odd",
            {
                "frame_length": 7,
                "frame_step": 2,
                "window": "blackman",
                "periodic": False,
            },
            (SampleInput((12,)),),
            "torch",
        ),
        Sample(
            "no window",
            {"frame_length": 4, "fft_length": 7, "window": "rectangular"},
            (SampleInput((9,)),),
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """One spectrum a frame."""
        parts = (2,) if self.power is None else ()
        shape = (self.frames(inputs), self.bins, *parts)
        return {"output": TensorType(shape, inputs.first.dtype)}
