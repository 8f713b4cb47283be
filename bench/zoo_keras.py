"""Emitted Keras models of the zoo against those of keras.applications.

Forward, and forward and backward, traced by TensorFlow, in interleaved pairs of one run.
The same-file ratio beside each is the emitted model against a second copy of itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.emitted import emitted
from bench.pairs import Action, ratio, report

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import tensorflow as tf

BOUND = 1.05
LOGITS = {"weights": None, "classifier_activation": None}
PEERS = {
    "resnet50": ("vision/resnet", "keras50", "ResNet50"),
    "densenet121": ("vision/densenet", "keras121", "DenseNet121"),
}


def actions(model: Any) -> dict[str, Action]:
    """What is timed of a model."""
    images = tf.ones((2, 224, 224, 3))

    def forward() -> Any:
        return model(images, training=False)

    def backward() -> Any:
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(model(images, training=True))
        return tape.gradient(total, [one.value for one in model.trainable_variables])

    return {
        "forward": tf.function(forward),
        "forward and backward": tf.function(backward),
    }


def compare(name: str) -> bool:
    """Prints the ratios of one model."""
    spec, variant, peer = PEERS[name]
    with tempfile.TemporaryDirectory() as folder:
        make = emitted(Path(folder), spec, "keras", variant)
    mine, again = actions(make()), actions(make())
    other = actions(getattr(keras.applications, peer)(**LOGITS))
    good = True
    for what in mine:
        noise = ratio(mine[what], again[what], rounds=8, lasting=8.0)
        found = ratio(mine[what], other[what], rounds=10, lasting=12.0)
        title = f"keras {name}, {what} / keras.applications"
        good &= report(title, found, BOUND, f"same file {noise:.3f}")
    return good


def main(names: list[str] | None = None) -> bool:
    """Prints all ratios, or those of some models; whether they keep their bound."""
    tf.config.threading.set_intra_op_parallelism_threads(2)
    good = True
    for name in names or PEERS:
        good &= compare(name)
    return good


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
