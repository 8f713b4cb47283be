"""Spectra of sound that Keras has no exact layers for."""

import math
from typing import Any

import keras
from keras import layers, ops


@keras.utils.register_keras_serializable("specgraph")
class STFT(layers.Layer):
    """Fourier transforms of frames: real and imaginary parts, or the magnitude's power.

    Keras's layer rounds to float32; TensorFlow's odd windows are symmetric.
    """

    def __init__(
        self,
        frame_length: int,
        frame_step: int,
        fft_length: int,
        window: Any = (0.5, 0.5, 0.0),
        periodic: bool = True,
        pad_mode: Any = "reflect",
        power: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.frame_length, self.frame_step = frame_length, frame_step
        self.fft_length, self.window, self.periodic = fft_length, window, periodic
        self.pad_mode, self.power = pad_mode, power

    def call(self, inputs: Any) -> Any:
        a, b, c = self.window
        turn = 2 * math.pi / (self.frame_length - (not self.periodic))
        angle = turn * ops.arange(self.frame_length, dtype=inputs.dtype)
        window = a - b * ops.cos(angle) + c * ops.cos(2 * angle)
        if self.pad_mode:
            half = self.fft_length // 2
            inputs = ops.pad(inputs, [[0, 0], [half, half]], mode=self.pad_mode)
        sizes = (self.frame_length, self.frame_step, self.fft_length)
        real, imaginary = ops.stft(inputs, *sizes, window=window, center=False)
        if self.power is None:
            return ops.stack([real, imaginary], -1)
        squares = ops.square(real) + ops.square(imaginary)
        if self.power == 2:
            return squares
        some = squares > 0  # the root has no slope at 0
        return ops.where(some, ops.sqrt(ops.where(some, squares, 1)), 0)

    def get_config(self) -> dict[str, Any]:
        sizes = ("frame_length", "frame_step", "fft_length")
        names = (*sizes, "window", "periodic", "pad_mode", "power")
        return {**super().get_config(), **{n: getattr(self, n) for n in names}}


@keras.utils.register_keras_serializable("specgraph")
class MelFilterbank(layers.Layer):
    """Sums of a spectrum's bins by mel bands, triangles over Hz as in librosa.

    TensorFlow's are triangles over mels. Slaney's mels are straight up to 1 kHz and
    logarithmic above, HTK's logarithmic.
    """

    def __init__(
        self,
        bands: int,
        fft_length: int,
        sampling_rate: float,
        low: float,
        high: float,
        htk: bool = False,
        norm: bool = True,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.bands, self.fft_length, self.htk, self.norm = bands, fft_length, htk, norm
        self.sampling_rate, self.low, self.high = sampling_rate, low, high

    def mel(self, hz: float) -> float:
        if self.htk:
            return math.log(1 + hz / 700)
        return hz * 3 / 200 if hz < 1000 else 15 + 27 * math.log(hz / 1000, 6.4)

    def hz(self, mel: float) -> float:
        if self.htk:
            return 700 * (math.exp(mel) - 1)
        return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)

    def call(self, inputs: Any) -> Any:
        first, step = self.mel(self.low), self.mel(self.high) - self.mel(self.low)
        points = [first + step * i / (self.bands + 1) for i in range(self.bands + 2)]
        edges = ops.array([self.hz(point) for point in points], "float64")
        width = edges[1:] - edges[:-1]
        bins = ops.expand_dims(ops.arange(self.fft_length // 2 + 1, dtype="float64"), 1)
        away = bins * (self.sampling_rate / self.fft_length) - edges
        filters = ops.minimum(away[:, :-2] / width[:-1], -away[:, 2:] / width[1:])
        filters = ops.maximum(filters, 0)
        if self.norm:
            filters = filters * 2 / (edges[2:] - edges[:-2])
        return ops.matmul(inputs, ops.cast(filters, inputs.dtype))

    def get_config(self) -> dict[str, Any]:
        names = ("bands", "fft_length", "sampling_rate", "low", "high", "htk", "norm")
        return {**super().get_config(), **{n: getattr(self, n) for n in names}}


@keras.utils.register_keras_serializable("specgraph")
class Levels(layers.Layer):
    """Logarithms of no less than `amin`, none more than `depth` below the greatest."""

    def __init__(
        self,
        amin: float,
        factor: float = 1.0,
        depth: Any = None,
        natural: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.amin, self.factor = amin, factor
        self.depth, self.natural = depth, natural

    def call(self, inputs: Any) -> Any:
        log = ops.log if self.natural else ops.log10
        x = self.factor * log(ops.maximum(inputs, self.amin))
        if self.depth is None:
            return x
        return ops.maximum(x, ops.max(x, (1, 2), keepdims=True) - self.depth)

    def get_config(self) -> dict[str, Any]:
        names = ("amin", "factor", "depth", "natural")
        return {**super().get_config(), **{n: getattr(self, n) for n in names}}


@keras.utils.register_keras_serializable("specgraph")
class Cosines(layers.Layer):
    """The first coefficients of the orthonormal cosine transform (DCT-II)."""

    def __init__(self, count: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.count = count

    def call(self, inputs: Any) -> Any:
        bands = inputs.shape[-1]
        band = ops.expand_dims(ops.arange(bands, dtype="float64"), 1)
        wave = ops.arange(self.count, dtype="float64")
        scale = ops.sqrt((2 - ops.cast(wave == 0, "float64")) / bands)
        waves = ops.cos(math.pi / bands * (band + 0.5) * wave)
        return ops.matmul(inputs, ops.cast(waves * scale, inputs.dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "count": self.count}
