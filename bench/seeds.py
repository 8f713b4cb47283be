"""Emitted torch seeds against the models an expert writes by hand.

Forward and a training step, eager and compiled, in interleaved pairs of one run; the
same-file ratio beside each is the emitted model against a second copy of itself.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from bench.emitted import ROOT, emitted, module
from bench.pairs import ratio, report

BOUND = 1.05
Loss = Callable[[Any, torch.Tensor], torch.Tensor]


def batches(seed: str) -> tuple[torch.Tensor, torch.Tensor, Loss]:
    """An input, a target and the loss of the model's raw output."""
    torch.manual_seed(0)
    if seed == "text_lstm":
        x = torch.randint(0, 10_000, (32, 100))
        y = torch.randint(0, 2, (32, 1)).float()
        return x, y, F.binary_cross_entropy_with_logits
    side = 28 if seed == "mnist_cnn" else 16
    x, y = torch.randn(128, 1, side, side), torch.randint(0, 10, (128,))
    return x, y, F.cross_entropy


def actions(
    model: torch.nn.Module, seed: str, compiled: bool
) -> dict[str, Callable[[], object]]:
    """The forward pass and the training step of a model."""
    x, y, loss_of = batches(seed)
    raw: Any = getattr(model, "logits", model)
    if compiled:
        raw = torch.compile(raw)
    optimizer = torch.optim.Adam(model.parameters())

    def forward() -> object:
        with torch.no_grad():
            return raw(x)

    def step() -> object:
        optimizer.zero_grad()
        loss = loss_of(raw(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return {"forward": forward, "training step": step}


def original(seed: str) -> torch.nn.Module:
    """The hand-written model of a seed."""
    found = module(ROOT / "tests/originals" / f"{seed}_torch.py")
    classes = [
        thing
        for thing in vars(found).values()
        if isinstance(thing, type) and issubclass(thing, torch.nn.Module)
    ]
    made = classes[-1]()
    assert isinstance(made, torch.nn.Module)
    return made


def main() -> bool:
    """Prints all ratios; whether they keep their bound."""
    torch.set_num_threads(2)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for seed in ("mnist_cnn", "text_lstm", "speech_cnn"):
            ours = emitted(Path(folder), f"seed/{seed}", "torch")
            for compiled in (False, True):
                good &= compare(seed, ours, compiled)
    return good


def compare(seed: str, ours: type[torch.nn.Module], compiled: bool) -> bool:
    """Prints the ratios of one seed, eager or compiled."""
    mine, again = (actions(ours(), seed, compiled) for _ in range(2))
    peer = actions(original(seed), seed, compiled)
    good = True
    for what in mine:
        noise = ratio(mine[what], again[what], rounds=40, lasting=3.0)
        found = ratio(mine[what], peer[what], rounds=80, lasting=6.0)
        mode = "compiled" if compiled else "eager"
        title = f"{seed}, {what}, {mode} / by hand"
        good &= report(title, found, BOUND, f"same file {noise:.3f}")
    return good


if __name__ == "__main__":
    sys.exit(not main())
