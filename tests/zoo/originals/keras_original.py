"""Runs a model of keras.applications: `python -m tests.zoo.originals.keras_original`.

Its folder has a request (JSON) and the inputs; it gets the weights before and after the
pass and the gradients, each in the file that Keras itself writes.
"""

from __future__ import annotations

import json
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from specgraph_keras.runtime import make_floats_exact
from tests.zoo.equality import drawn


def main(folder: Path) -> None:
    """One pass of the model that the request names."""
    request = json.loads((folder / "request.json").read_text("utf-8"))
    make_floats_exact()
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(0)
    place = keras.src.applications if "." in request["model"] else keras.applications
    make = attrgetter(request["model"])(place)
    model = make(weights=None, **request["options"])
    randomize(model)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0
    model.save_weights(folder / "start.weights.h5")
    image = tf.constant(np.load(folder / "image.npy"))
    with tf.GradientTape() as tape:
        output = model(image, training=request["training"])
        sums = tf.constant(drawn(tuple(output.shape), "output"))
        total = tf.reduce_sum(output * sums)
    trained = model.trainable_variables
    gradients = tape.gradient(total, [variable.value for variable in trained])
    np.save(folder / "output.npy", np.array(output))
    model.save_weights(folder / "later.weights.h5")
    for variable in model.weights:
        variable.assign(np.zeros(variable.shape))
    for variable, gradient in zip(trained, gradients, strict=True):
        variable.assign(np.array(gradient))
    model.save_weights(folder / "gradients.weights.h5")


def randomize(model: Any) -> None:
    """Draws anew what starts as zeros and ones."""
    for variable in model.weights:
        array = np.array(variable)
        if variable.path.startswith("normalization/"):
            continue  # the statistics of the images, which are no weights of ours
        if array.ndim < 2 and array.dtype.kind == "f":
            numbers = 0.2 * drawn(array.shape, variable.path)
            variable.assign(numbers.clip(-0.5) + bool((array == 1).all()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
