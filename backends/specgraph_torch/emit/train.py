"""The parts of a PyTorch training program that no spec changes."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from tqdm import tqdm

from specgraph.emit.program import Arrays, History, count, split, summary

Batch = dict[str, Tensor]
M = TypeVar("M", bound=nn.Module)


def place(model: M, device: str | None) -> M:
    """The model on the named device, else on a GPU if there is one."""
    try:
        return model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    except (AssertionError, RuntimeError) as error:
        sys.exit(f"--device {device}: {error}")


def restore(model: nn.Module, path: Path) -> None:
    """Sets the weights to those of a .safetensors file; exits if they do not fit."""
    try:
        load_model(model, path)
    except (OSError, RuntimeError, SafetensorError) as error:
        sys.exit(f"{path}: {error}")


def train(
    model: M,
    measures: Callable[[M, Batch], Batch],
    optimizer: torch.optim.Optimizer,
    data: Arrays,
    options: argparse.Namespace,
) -> History:
    """Trains the model; the means of each epoch, held-out ones as `val_…`."""
    seen, held_out = (
        {name: torch.from_numpy(values) for name, values in part.items()}
        for part in split(data, options.validation_split)
    )
    generator = torch.Generator().manual_seed(options.seed)
    history: History = {}
    for epoch in range(1, options.epochs + 1):
        title = f"epoch {epoch}/{options.epochs}"
        order = torch.arange(count(seen))
        if options.shuffle:
            order = torch.randperm(count(seen), generator=generator)
        parts = tqdm(order.split(options.batch_size), title, leave=False, disable=None)
        means = run(model, measures, take(seen, parts), optimizer)
        if count(held_out):
            parts = torch.arange(count(held_out)).split(options.batch_size)
            checked = run(model, measures, take(held_out, parts))
            means |= {f"val_{name}": mean for name, mean in checked.items()}
        for name, mean in means.items():
            history.setdefault(name, []).append(mean)
        print(f"{title}  {summary(history)}")
    return history


def take(data: Batch, parts: Iterable[Tensor]) -> Iterator[Batch]:
    """The examples at each part's positions."""
    for part in parts:
        yield {name: values[part] for name, values in data.items()}


def run(
    model: M,
    measures: Callable[[M, Batch], Batch],
    batches: Iterable[Batch],
    optimizer: torch.optim.Optimizer | None = None,
) -> dict[str, float]:
    """The means of all measures over the examples; trains if given an optimizer."""
    model.train(optimizer is not None)
    device = next(model.parameters()).device
    sums: dict[str, Tensor | float] = {}
    examples = 0
    for batch in batches:
        batch = {name: values.to(device) for name, values in batch.items()}
        with torch.set_grad_enabled(optimizer is not None):
            values = measures(model, batch)
        if optimizer is not None:
            optimizer.zero_grad()
            values["loss"].backward()
            optimizer.step()
        for name, value in values.items():
            sums[name] = sums.get(name, 0.0) + value.detach() * count(batch)
        examples += count(batch)
    return {name: float(total) / examples for name, total in sums.items()}


def save(model: nn.Module, history: History, folder: Path) -> None:
    """Writes the weights and the history; each file is there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        save_model(model, str(Path(unfinished, "weights.safetensors")))
        Path(unfinished, "metrics.json").write_text(json.dumps(history, indent=2))
        for file in Path(unfinished).iterdir():
            file.replace(folder / file.name)
