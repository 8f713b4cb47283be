"""The helpers a Keras model file may carry, by name, and the file of `emit/` each is in."""

from __future__ import annotations

HELPERS: dict[str, str] = {
    "Add": "merging.py",
    "Average": "merging.py",
    "BatchNormalization": "normalization.py",
    "CELU": "activation.py",
    "Conv1DTranspose": "convolution.py",
    "Conv2DTranspose": "convolution.py",
    "Conv3DTranspose": "convolution.py",
    "CopyPadding": "padding.py",
    "CropToSame": "padding.py",
    "DilatedPooling": "pooling.py",
    "GroupedTranspose": "convolution.py",
    "LSTM": "recurrent.py",
    "LayerScale": "normalization.py",
    "LeakyReLU": "activation.py",
    "LogSoftmax": "activation.py",
    "MeanInside": "pooling.py",
    "LocalResponseNormalization": "normalization.py",
    "PReLU": "activation.py",
    "Parameter": "parameter.py",
    "RMSNormalization": "normalization.py",
    "SimpleRNN": "recurrent.py",
    "SizeCheck": "sizes.py",
    "Squareplus": "activation.py",
    "UnscaledRMSNormalization": "normalization.py",
    "fan_in_uniform": "initializers.py",
    "gelu_tanh": "activation.py",
    "unmasked": "recurrent.py",
}
