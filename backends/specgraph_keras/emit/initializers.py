"""Initializers that Keras has no name for."""

from keras import initializers


def fan_in_uniform(fan: int) -> initializers.Initializer:
    """PyTorch's default for kernels and biases: uniform within 1 / sqrt(fan_in)."""
    bound = fan**-0.5
    return initializers.RandomUniform(-bound, bound)
