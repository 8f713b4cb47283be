"""Trains the seed CNN on scikit-learn's digits, in torch and in Keras.

Both start from the same weights: specgraph draws them once and writes them in each
framework's own file.  Each then runs the training program that `specgraph build` wrote.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.ndimage import zoom
from sklearn.datasets import load_digits

ROOT = Path(__file__).resolve().parents[1]
SPEC = ROOT / "specs/seed/mnist_cnn.yaml"
NAME = "mnist_cnn"
WEIGHTS = {"torch": "initial.safetensors", "keras": "initial.weights.h5"}
SIZE, CLASSES, SEED = 28, 10, 0


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the data and the weights, trains both models, prints both accuracies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build/demo")
    parser.add_argument("--epochs", type=int, default=1)
    options = parser.parse_args(argv)
    out: Path = options.out
    specgraph("build", "--backend", "torch", "--backend", "keras", "--out", str(out))
    data = out / "digits.npz"
    save_digits(data)
    accuracies = {}
    for backend, file in WEIGHTS.items():
        weights = out / NAME / backend / file
        draw = ("--seed", str(SEED), "--to", f"{backend}:{weights}")
        specgraph("weights", "init", *draw)
        folder = out / NAME / backend / "run"
        train(out / NAME / backend, data, weights, folder, options.epochs)
        accuracies[backend] = last_accuracy(folder / "metrics.json")
    for backend, accuracy in accuracies.items():
        print(f"{backend}: accuracy on held-out digits {accuracy:.4f}")


def specgraph(command: str, *arguments: str) -> None:
    """Runs a command of specgraph on the seed CNN."""
    words = [command]
    if command == "weights":
        words.append(arguments[0])
        arguments = arguments[1:]
    run([sys.executable, "-m", "specgraph_cli", *words, str(SPEC), *arguments])


def save_digits(path: Path) -> None:
    """The 1,797 digits, in a fixed random order, resized from 8×8 and one-hot."""
    digits = load_digits()
    order = np.random.default_rng(SEED).permutation(len(digits.target))
    factor = SIZE / digits.images.shape[1]
    images = zoom(digits.images[order] / 16, (1, factor, factor), order=1)
    labels = np.eye(CLASSES, dtype=np.float32)[digits.target[order]]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, image=images[..., None].astype(np.float32), target=labels)


def train(model: Path, data: Path, weights: Path, out: Path, epochs: int) -> None:
    """Runs a model's training program; the last fifth of the examples is held out."""
    program = [sys.executable, str(model / "train.py"), "--data", str(data)]
    start = ["--weights", str(weights), "--seed", str(SEED)]
    length = ["--epochs", str(epochs), "--validation-split", "0.2", "--no-shuffle"]
    run([*program, *start, *length, "--device", "cpu", "--out", str(out)])


def last_accuracy(path: Path) -> float:
    """The accuracy on held-out examples after the last epoch."""
    history: dict[str, list[float]] = json.loads(path.read_text())
    (name,) = (key for key in history if key.startswith("val_") and "accuracy" in key)
    return history[name][-1]


def run(command: list[str]) -> None:
    """Runs a program; ends this one if it fails.

    Frameworks talk when they start: what they say is shown where the program fails.
    """
    print("+", *command[1:], flush=True)
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.stderr)


if __name__ == "__main__":
    main()
