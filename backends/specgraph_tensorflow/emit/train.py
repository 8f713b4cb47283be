"""The parts of a TensorFlow training program that no spec changes.

What a TensorFlow program has in common with Keras's is in `specgraph_keras`.
"""

import argparse
from collections.abc import Callable, Iterable
from typing import Any

import keras
import tensorflow as tf
from tqdm import tqdm

from specgraph.emit.program import Arrays, History, count, split, summary
from specgraph_keras.emit.train import Batch


def train(
    model: keras.Model,
    measures: Callable[[keras.Model, Batch, bool], dict[str, Any]],
    optimizer: keras.optimizers.Optimizer,
    data: Arrays,
    options: argparse.Namespace,
) -> History:
    """Trains the model; the means of each epoch, held-out ones as `val_…`."""
    variables = model.trainable_variables
    optimizer.build(variables)

    @tf.function(reduce_retracing=True)
    def step(batch: Batch) -> dict[str, Any]:
        with tf.GradientTape() as tape:
            values = measures(model, batch, True)
        optimizer.apply(tape.gradient(values["loss"], variables), variables)
        return values

    @tf.function(reduce_retracing=True)
    def check(batch: Batch) -> dict[str, Any]:
        return measures(model, batch, False)

    seen, held_out = split(data, options.validation_split)
    examples = tf.data.Dataset.from_tensor_slices(seen)
    if options.shuffle:
        examples = examples.shuffle(count(seen), seed=options.seed)
    batches = examples.batch(options.batch_size).prefetch(tf.data.AUTOTUNE)
    checked = tf.data.Dataset.from_tensor_slices(held_out).batch(options.batch_size)
    history: History = {}
    for epoch in range(1, options.epochs + 1):
        title = f"epoch {epoch}/{options.epochs}"
        means = run(step, tqdm(batches, title, leave=False, disable=None))
        means |= {f"val_{name}": mean for name, mean in run(check, checked).items()}
        for name, mean in means.items():
            history.setdefault(name, []).append(mean)
        print(f"{title}  {summary(history)}")
    return history


def run(
    function: Callable[[Batch], dict[str, Any]], batches: Iterable[Batch]
) -> dict[str, float]:
    """The means over the examples of what a function measures of each batch."""
    sums: dict[str, Any] = {}
    examples = 0
    for batch in batches:
        size = len(next(iter(batch.values())))
        for name, value in function(batch).items():
            sums[name] = sums.get(name, 0.0) + value * size
        examples += size
    return {name: float(total) / examples for name, total in sums.items()}
