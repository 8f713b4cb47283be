"""The TensorFlow backend: the rules of Keras under `tf.keras`, and what is TensorFlow's."""

from specgraph_tensorflow.backend import backend

__all__ = ["backend"]
