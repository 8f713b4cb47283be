"""Runs emitted Keras and TensorFlow files (`specgraph.parity.runtime` says how)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from tensorflow.python.ops import math_ops

from specgraph_keras.portable import (
    Arrays,
    Masks,
    Portable,
    Results,
    as_array,
    distinct,
)

Compiled = tuple[str, str, Any]
"""The output that a metric is of ("" for the only one), its name, and itself."""

ADAM_SLOTS = {"momentum": "m", "velocity": "v", "velocity_hat": "vhat"}
SGD_SLOTS = {"momentum": "velocity_scaled"}
"""What an optimizer keeps, by the ending of its name in Keras."""


def make_floats_exact() -> None:
    """Makes Python floats float64 tensors, exactly.

    TensorFlow rounds them to float32 first: tf.cast(0.999, "float64") is 0.99900001287.
    In float64 that would hide every error below 1e-8.
    """
    cast, convert = tf.cast, tf.convert_to_tensor

    def exact_cast(x: Any, dtype: Any, name: str | None = None) -> Any:
        if isinstance(x, int | float) and tf.as_dtype(dtype) == tf.float64:
            return tf.constant(x, tf.float64, name=name)
        return cast(x, dtype, name=name)

    def exact_convert(x: Any, dtype: Any = None, *args: Any, **named: Any) -> Any:
        if dtype is None and _is_float(x):
            dtype = tf.float64
        return convert(x, dtype, *args, **named)

    tf.cast, tf.convert_to_tensor = exact_cast, exact_convert
    math_ops.cast = exact_cast  # what `tf.nn.gelu` casts its constants with


def _is_float(x: Any) -> bool:
    """Whether a Python value is a float, or a list with one in it."""
    return any(map(_is_float, x)) if isinstance(x, list | tuple) else type(x) is float


class Runtime:
    """Keras on TensorFlow, on one thread, deterministic, in one dtype."""

    def __init__(self, dtype: str) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.experimental.enable_tensor_float_32_execution(False)
        # Without the policy, layers made before would fix float32.
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        self.dtype = dtype
        self.environment = {
            "keras": str(keras.__version__),
            "tensorflow": str(tf.__version__),
            "tensorflow threads": "1",
            "tensorflow oneDNN": os.environ["TF_ENABLE_ONEDNN_OPTS"],
            "tensorflow TF32": "off",
            "tensorflow denormals": "flushed",
        }
        if dtype == "float64":
            make_floats_exact()
            self.environment["tensorflow float64"] = "Python floats exact"

    def open(self, entry: Callable[[], Any], watch: Any) -> KerasModel:
        """The model of an entry point, its values watched while it is built."""
        keras.utils.set_random_seed(0)
        with watch.recording():
            model = entry()
        found = dict(sorted(watch.found.items()))
        return KerasModel(model, self.dtype, found, watch)


class KerasModel(Portable):
    """One functional model on TensorFlow."""

    def run(
        self,
        inputs: Arrays,
        training: bool,
        masks: Masks,
        cotangents: Arrays,
    ) -> Results:
        """One pass with its values, and their gradients where there are cotangents."""
        given = {t.name: self._tensor(inputs[t.name]) for t in self.model.inputs}
        entered = {f"input:{name}": tensor for name, tensor in given.items()}
        again = bool(self.siblings)
        with tf.GradientTape(persistent=again) as tape, self.draws.masked(masks):
            tape.watch([t for t in given.values() if t.dtype.is_floating])
            outputs, values = self.probe(list(given.values()), training=training)
            tensors = {f"output:{name}": tensor for name, tensor in outputs.items()}
            taps = {f"value:{tap}": values[str(tap)] for tap in self.values}
            total = self._total({**entered, **tensors, **taps}, cotangents)
        tensors |= taps
        found = {key: as_array(tensor) for key, tensor in tensors.items()}
        if total is not None:
            sources = distinct({**entered, **taps, **self._weights()})
            found |= _gradients(tape, total, sources)
            for siblings in self.siblings:
                found |= _direct(tape, found, sources, siblings)
        return found

    def _total(self, tensors: Mapping[str, Any], cotangents: Arrays) -> Any:
        terms = [
            tf.reduce_sum(tensors[key] * self._tensor(weight))
            for key, weight in cotangents.items()
            if key in tensors
        ]
        return tf.add_n(terms) if terms else None

    def loss(
        self, function: Callable[[Any, Any], Any], batch: Arrays, masks: Masks
    ) -> Results:
        """The loss of a batch in training, and the gradient of every weight."""
        with tf.GradientTape() as tape, self.draws.masked(masks):
            total = function(self.model, self._batch(batch))
        return {"loss": np.array(total), **_gradients(tape, total, self._weights())}

    def train(
        self, program: Any, batches: Iterable[tuple[Arrays, Masks]]
    ) -> Iterator[Results]:
        """One optimizer step a batch."""
        stepper = program.optimizer(self.model)
        trained = self.model.trainable_variables
        stepper.build(trained)
        metrics = [] if hasattr(program, "measures") else compiled_metrics(program)
        for batch, masks in batches:
            given = self._batch(batch)
            found = self._metrics(program, metrics, given, masks)
            with tf.GradientTape() as tape, self.draws.masked(masks):
                if hasattr(program, "measures"):
                    measured = program.measures(self.model, given, True)
                else:
                    measured = {"loss": program.loss(self.model, given)}
            total = measured.pop("loss")
            found |= {f"metric:{name}": np.array(v) for name, v in measured.items()}
            gradients = tape.gradient(total, [v.value for v in trained])
            found["loss"] = np.array(total)
            for variable, gradient in zip(trained, gradients, strict=True):
                if gradient is not None:
                    dense = tf.convert_to_tensor(gradient)
                    found[f"gradient:weight:{variable.path}"] = np.array(dense)
            stepper.apply(gradients, trained)
            found |= _slots(stepper, trained)
            found |= {f"weight:{key}": array for key, array in self.tensors().items()}
            yield found

    def _metrics(
        self, program: Any, metrics: list[Compiled], batch: dict[str, Any], masks: Masks
    ) -> Results:
        """What `fit` would report of a batch; buffers stay as they are."""
        if not metrics:
            return {}
        trained = getattr(program, "up_to_logits", lambda model: model)(self.model)
        inputs, targets = program.examples(batch)
        before = [(v, np.array(v)) for v in self.model.non_trainable_variables]
        with self.draws.masked(masks):
            outputs = trained(inputs, training=True)
        for variable, array in before:
            variable.assign(array)
        found = {}
        for title, name, metric in metrics:
            metric.reset_state()
            if title:
                metric.update_state(targets[title], outputs[title])
            else:
                metric.update_state(targets, outputs)
            found[f"metric:{name}"] = np.array(metric.result())
        return found

    def _batch(self, batch: Arrays) -> dict[str, Any]:
        return {name: self._tensor(array) for name, array in batch.items()}

    def _weights(self) -> dict[str, Any]:
        trained = self.model.trainable_variables
        return {f"weight:{variable.path}": variable.value for variable in trained}

    def _tensor(self, array: NDArray[Any]) -> Any:
        floating = np.issubdtype(array.dtype, np.floating)
        return tf.constant(array, self.dtype if floating else array.dtype)


class _Taken(Exception):
    """Carries what a model was about to be compiled with."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        super().__init__()
        self.arguments = arguments


def compiled_metrics(program: Any) -> list[Compiled]:
    """The metrics that `main` of train.py compiles its model with."""
    arguments = _compiled(program)
    listed = arguments.get("metrics") or {}
    by_output = listed if isinstance(listed, dict) else {"": listed}
    found = []
    for title, metrics in by_output.items():
        for metric in metrics:
            if isinstance(metric, keras.metrics.Metric):
                name = f"{title}_{metric.name}" if title else metric.name
            else:
                name = metric.__name__
                metric = keras.metrics.MeanMetricWrapper(metric, name)
            found.append((title, name, metric))
    return found


def _compiled(program: Any) -> Mapping[str, Any]:
    """What `main` of train.py compiles its model with; it does nothing else."""
    load, compile = program.load, keras.Model.compile

    def given(path: Any, wanted: Mapping[str, Any], *limits: Any) -> Results:
        """One example of zeros."""
        return {
            name: np.zeros([1, *(n if isinstance(n, int) else 1 for n in array.shape)])
            for name, array in wanted.items()
        }

    def take(model: Any, **arguments: Any) -> None:
        raise _Taken(arguments)

    program.load, keras.Model.compile = given, take
    try:
        program.main(["--data", ""])
    except _Taken as taken:
        return taken.arguments
    finally:
        program.load, keras.Model.compile = load, compile
    raise RuntimeError("train.py compiles no model")


def _gradients(tape: Any, total: Any, sources: Mapping[str, Any]) -> Results:
    """The gradient of a number by name; zeros where it does not depend on a source."""
    wanted = {n: s for n, s in sources.items() if s.dtype.is_floating}
    zero = tf.UnconnectedGradients.ZERO
    found = tape.gradient(total, wanted, unconnected_gradients=zero)
    return {
        f"gradient:{n}": np.array(tf.convert_to_tensor(g)) for n, g in found.items()
    }


def _direct(
    tape: Any, gradients: Arrays, sources: Mapping[str, Any], taps: Sequence[int]
) -> Results:
    """Gradients of a node's values without what goes through the others of them.

    One may be made of another, as the last state of all; what takes it is compared.
    """
    keys = [f"value:{tap}" for tap in taps]
    group = {k: sources[k] for k in keys if f"gradient:{k}" in gradients}
    found = {key: tf.constant(gradients[f"gradient:{key}"]) for key in group}
    whole = dict(found)
    for _ in taps[1:]:  # no chain of them is longer
        for key, tensor in group.items():
            others = [name for name in group if name != key]
            through = tape.gradient(
                [group[name] for name in others],
                tensor,
                [found[name] for name in others],
            )
            if through is not None:
                found[key] = whole[key] - through
    return {f"gradient:{key}": np.array(tensor) for key, tensor in found.items()}


def _slots(stepper: Any, trained: list[Any]) -> Results:
    """What the optimizer keeps for each weight."""
    names = SGD_SLOTS if isinstance(stepper, keras.optimizers.SGD) else ADAM_SLOTS
    kept = {
        variable.path.rpartition("/")[2]: variable for variable in stepper.variables
    }
    found = {}
    for weight in trained:
        for name, slot in names.items():
            variable = kept.get(f"{weight.path.replace('/', '_')}_{name}")
            if variable is not None:
                found[f"slot:{slot}:{weight.path}"] = np.array(variable)
    return found
