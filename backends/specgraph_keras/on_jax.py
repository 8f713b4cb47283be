"""Runs emitted Keras files on JAX, forward alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import keras

from specgraph_keras.portable import Portable


class Runtime:
    """Keras on JAX, matrix products in full float32."""

    def __init__(self, dtype: str) -> None:
        update: Any = jax.config.update
        update("jax_default_matmul_precision", "highest")
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        self.dtype = dtype
        self.environment = {"jax": str(jax.__version__), "jax matmul": "highest"}

    def open(self, entry: Callable[[], Any], watch: Any) -> Portable:
        """The model of an entry point, its values watched while it is built."""
        keras.utils.set_random_seed(0)
        with watch.recording():
            model = entry()
        return Portable(model, self.dtype, dict(sorted(watch.found.items())), watch)
