"""Runs Keras in float64 away from the tests: `python -m tests.parity.keras_process`.

`train FOLDER` trains the Keras originals a few steps and saves them, each with a batch
and what it makes of it.  `run FOLDER` does what `jobs.json` says with emitted models.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from safetensors.numpy import load_file

BATCH = 3


def main(command: str, folder: Path) -> None:
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    if command == "run":
        for job in json.loads((folder / "jobs.json").read_text()):
            run(folder, **job)
        return
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    images = rng.normal(size=(BATCH, 28, 28, 1))
    train(folder, "mnist_cnn", images, np.eye(10)[[3, 1, 4]])
    train(folder, "text_lstm", rng.integers(0, 10000, (BATCH, 6)), np.eye(3)[:, :1])
    train(folder, "speech_cnn", rng.normal(size=(BATCH, 16, 16, 1)), np.arange(BATCH))
    twins(folder / "named.weights.h5", "a", "b")
    twins(folder / "unnamed.weights.h5", None, None)
    subclassed(folder / "subclassed.weights.h5")


def train(folder: Path, name: str, x: Any, y: Any) -> None:
    model = importlib.import_module(f"tests.originals.{name}_keras").build()
    model.fit(x, y, epochs=3, verbose=0)
    model.save_weights(folder / f"{name}.weights.h5")
    np.savez(folder / f"{name}.npz", x=x, y=model(x, training=False))


def run(folder: Path, model: str, entry: str, weights: str, x: str, out: str) -> None:
    """The output of a model.py's function, or of a Keras original, on an .npz's x."""
    if entry:
        spec = importlib.util.spec_from_file_location("model", folder / model)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        built = getattr(module, entry)()
    else:
        built = importlib.import_module(f"tests.originals.{model}").build()
    if weights.endswith(".h5"):
        built.load_weights(folder / weights)
    else:
        tensors = load_file(folder / weights)
        for variable in built.weights:
            variable.assign(tensors[variable.path])
    np.save(folder / out, built(np.load(folder / x)["x"], training=False))


def twins(path: Path, left: str | None, right: str | None) -> None:
    """Two layers of one class and shape side by side, made and met right one first."""
    x = keras.Input((4,))
    second = layers.Dense(3, name=right)
    first = layers.Dense(3, name=left)
    joined = layers.Maximum()([second(x), first(x)])
    model = keras.Model(x, layers.Dense(2)(joined))
    model.save_weights(path)
    np.save(path.with_suffix(".npy"), first.kernel.numpy())


def subclassed(path: Path) -> None:
    class Net(keras.Model):  # type: ignore[misc]  # keras has no types
        def __init__(self) -> None:
            super().__init__()
            self.last = layers.Dense(2)
            self.first = layers.Dense(3)

        def call(self, x: Any) -> Any:
            return self.last(self.first(x))

    model = Net()
    model(np.zeros((1, 4)))
    model.save_weights(path)
    np.save(path.with_suffix(".npy"), model.first.kernel.numpy())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
