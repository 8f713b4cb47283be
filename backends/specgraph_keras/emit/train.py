"""The parts of a Keras training program that no spec changes."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import keras

from specgraph.emit.program import Arrays, History, count, split

Batch = Mapping[str, Any]


def on_device(name: str | None) -> AbstractContextManager[Any]:
    """A scope for the named device; TensorFlow would silently take another."""
    scope: AbstractContextManager[Any] = nullcontext()
    if name is not None:
        listed = keras.distribution.list_devices
        known = sorted({*listed("cpu"), *listed()})
        if name not in known and f"{name}:0" not in known:
            sys.exit(f"--device {name}: not here; there is {', '.join(known)}")
        scope = keras.device(name)
    return scope


def restore(model: keras.Model, path: Path) -> None:
    """Sets the weights to those of a .weights.h5 file; exits if they do not fit."""
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{path}: {error}")


def train(
    model: keras.Model,
    examples: Callable[[Arrays], tuple[Any, Any]],
    data: Arrays,
    options: argparse.Namespace,
) -> History:
    """Keras's `fit`; the means of each epoch, held-out ones as `val_…`."""
    seen, held_out = split(data, options.validation_split)
    history: History = model.fit(
        *examples(seen),
        batch_size=options.batch_size,
        epochs=options.epochs,
        validation_data=examples(held_out) if count(held_out) else None,
        shuffle=options.shuffle,
        verbose=1 if sys.stdout.isatty() else 2,
    ).history
    names = sorted(history, key=lambda name: (name[:4] == "val_", "loss" not in name))
    return {name: history[name] for name in names}


def save(model: keras.Model, history: History, folder: Path) -> None:
    """Writes the weights and the history; each file is there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        model.save_weights(Path(unfinished, "model.weights.h5"))
        Path(unfinished, "metrics.json").write_text(json.dumps(history, indent=2))
        for file in Path(unfinished).iterdir():
            file.replace(folder / file.name)
