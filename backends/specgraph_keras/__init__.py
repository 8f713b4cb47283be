"""The Keras backend: specs as functional models an expert would have written."""

from specgraph_keras.backend import backend

__all__ = ["backend"]
