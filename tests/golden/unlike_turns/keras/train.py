# unlike_turns.yaml · sha256 fb0b8f963e3c · specgraph 0.1.0 · body e8772b9eccdd
"""Trains unlike_turns: `python train.py --data data.npz --epochs 5`.

The data file holds these arrays, their axes in the order of the spec:
    image  float32 [N, 16, 16, 3]
    dense  float32 [N, 3], or by the name target
"""

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence, Sized
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import is_zipfile

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

# isort: split
from model import unlike_turns

Arrays = dict[str, NDArray[Any]]
History = dict[str, list[float]]
Batch = Mapping[str, Any]


def arguments(
    argv: Sequence[str] | None, epochs: int, batch_size: int
) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description="Trains the model of model.py.")
    parser.add_argument("--data", type=Path, required=True, help="an .npz file")
    parser.add_argument("--epochs", type=positive, default=epochs)
    parser.add_argument("--batch-size", type=positive, default=batch_size)
    parser.add_argument(
        "--validation-split",
        type=fraction,
        default=0.0,
        help="the part of the examples, from the end, that is held out",
    )
    parser.add_argument(
        "--shuffle", action=argparse.BooleanOptionalAction, default=True
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", help="as the framework calls it, such as cpu")
    parser.add_argument("--weights", type=Path, help="weights to start from")
    parser.add_argument("--out", type=Path, help="a folder for weights and metrics")
    return parser.parse_args(argv)


def positive(text: str) -> int:
    """A whole number above 0."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def fraction(text: str) -> float:
    """A number from 0 up to, but not including, 1."""
    number = float(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not in [0, 1)")
    return number


class Array(NamedTuple):
    """What each example holds of an array; a word in the shape is a size left open."""

    shape: tuple[int | str, ...]
    dtype: str
    values: range | None = None
    alias: str = ""


def load(
    path: Path,
    wanted: Mapping[str, Array],
    limits: Mapping[str, range] | None = None,
) -> Arrays:
    """The wanted arrays of an .npz file; exits, saying why, if they do not fit.

    `limits` are the legal sizes of words.
    """
    if path.is_file() and not is_zipfile(path):
        sys.exit(f"{path}: not an .npz file; numpy.savez writes one")
    try:
        with np.load(path, allow_pickle=False) as file:
            held = ", ".join(file.files)
            found = {
                name: np.asarray(file[key])
                for name, array in wanted.items()
                for key in (array.alias or name, name)
                if key in file.files
            }
    except Exception as error:  # damaged files make NumPy raise many kinds
        raise SystemExit(f"{path}: {error}") from error
    sizes: dict[str | int, int] = {}
    problems = []
    for name, array in wanted.items():
        problem = mismatch(array, found.get(name), sizes)
        if problem:
            problems.append(f"  {name}: {problem}")
    for word, legal in (limits or {}).items():
        if word in sizes and sizes[word] not in legal:
            problems.append(f"  {word} is {sizes[word]}, which is not in {legal}")
    if problems:
        heading = f"{path} holds {held or 'nothing'}; that does not fit the model:"
        sys.exit("\n".join([heading, *problems]))
    return {
        name: found[name].astype(array.dtype, copy=False)
        for name, array in wanted.items()
    }


def mismatch(
    array: Array, found: NDArray[Any] | None, sizes: dict[str | int, int]
) -> str:
    """How an array differs from what is wanted; notes the sizes of words."""
    shape = [sizes.get(size, size) for size in ("N", *array.shape)]
    wanted = f"wanted {array.dtype} [{', '.join(map(str, shape))}]"
    if found is None:
        alias = f", here or as {array.alias!r}" if array.alias else ""
        return f"missing, {wanted}{alias}"
    words: dict[str | int, int] = {
        size: length
        for size, length in zip(shape, found.shape, strict=False)
        if isinstance(size, str)
    }
    closed = [words.get(size, size) for size in shape]
    castable = np.can_cast(found.dtype, array.dtype, "same_kind")
    if closed != list(found.shape) or not castable:
        return f"found {found.dtype} {list(found.shape)}, {wanted}"
    sizes.update(words)
    if not found.size:
        return f"found no values in {list(found.shape)}, {wanted}"
    if array.values is None:
        return ""
    low, high = int(found.min()), int(found.max())
    if low in array.values and high in array.values:
        return ""
    least, most = array.values[0], array.values[-1]
    return f"found values from {low} to {high}, wanted {least} to {most}"


def count(data: Mapping[str, Sized]) -> int:
    """The number of examples."""
    return len(next(iter(data.values())))


def split(data: Arrays, held_out: float) -> tuple[Arrays, Arrays]:
    """All examples but the last part of them, and that part; exits if none is left."""
    first = math.floor(count(data) * (1 - held_out))
    if first == 0:
        sys.exit("no example is left to train on; lower --validation-split")
    return (
        {name: values[:first] for name, values in data.items()},
        {name: values[first:] for name, values in data.items()},
    )


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


def summary(history: History) -> str:
    """The last mean of each measure, on one line."""
    return "  ".join(f"{name} {means[-1]:.4f}" for name, means in history.items())


def save(model: keras.Model, history: History, folder: Path) -> None:
    """Writes the weights and the history; each file is there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        model.save_weights(Path(unfinished, "model.weights.h5"))
        Path(unfinished, "metrics.json").write_text(json.dumps(history, indent=2))
        for file in Path(unfinished).iterdir():
            file.replace(folder / file.name)


ARRAYS = {
    "image": Array((16, 16, 3), "float32"),
    "dense": Array((3,), "float32", alias="target"),
}


def examples(batch: Batch) -> tuple[Any, Any]:
    """Inputs and targets, as `fit` takes them."""
    return batch["image"], batch["dense"]


def objective(target: Any, output: Any) -> Any:
    """The mean squared error of a batch."""
    return ops.mean(ops.square(output - target))


def loss(model: keras.Model, batch: Batch) -> Any:
    """What training makes small: mean squared error."""
    output = model(batch["image"], training=True)
    return objective(batch["dense"], output)


def optimizer(model: keras.Model) -> keras.optimizers.Optimizer:
    """Stochastic gradient descent, ready to step."""
    return keras.optimizers.SGD(learning_rate=0.01)


def main(argv: Sequence[str] | None = None) -> None:
    """Trains the model on the data that the command line names."""
    options = arguments(argv, epochs=1, batch_size=32)
    data = load(options.data, ARRAYS)
    keras.utils.set_random_seed(options.seed)
    with on_device(options.device):
        model = unlike_turns()
        if options.weights:
            restore(model, options.weights)
        model.compile(optimizer=optimizer(model), loss=objective)
        history = train(model, examples, data, options)
    if options.out:
        save(model, history, options.out)
    print(summary(history))


if __name__ == "__main__":
    main()
