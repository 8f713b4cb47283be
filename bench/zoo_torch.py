"""Emitted torch models of the zoo against those of transformers.

Forward, and forward and backward; eager and compiled; in interleaved pairs of one run.
The same-file ratio beside each is the emitted model against a second copy of itself.
On a GPU the same table in float32 and bfloat16.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from bench.emitted import emitted
from bench.pairs import Action, ratio, report

BOUND = 1.05


@dataclass(frozen=True, slots=True)
class Peer:
    """A spec and the model of transformers that is held beside it."""

    spec: str
    make: Callable[[], nn.Module]
    ours: Callable[[], tuple[Tensor, ...]]
    theirs: Callable[[], Mapping[str, Tensor]]


def tokens() -> Tensor:
    return torch.randint(
        0, 30_000, (1, 128), generator=torch.Generator().manual_seed(0)
    )


def wav2vec2() -> nn.Module:
    # Neither drops layers nor draws where to mask, as the spec does not.
    config = transformers.Wav2Vec2Config(layerdrop=0.0, apply_spec_augment=False)
    model: nn.Module = transformers.Wav2Vec2Model(config)
    return model


PEERS = {
    "resnet50": Peer(
        "vision/resnet",
        lambda: transformers.ResNetForImageClassification(
            transformers.ResNetConfig(num_labels=1000)
        ),
        lambda: (torch.ones(2, 3, 224, 224),),
        lambda: {"pixel_values": torch.ones(2, 3, 224, 224)},
    ),
    "bert": Peer(
        "text/bert",
        lambda: transformers.BertModel(transformers.BertConfig()),
        lambda: (tokens(), torch.zeros(1, 128).long(), torch.ones(1, 128).bool()),
        lambda: {
            "input_ids": tokens(),
            "token_type_ids": torch.zeros(1, 128).long(),
            "attention_mask": torch.ones(1, 128).bool(),
        },
    ),
    "wav2vec2": Peer(
        "speech/wav2vec2",
        wav2vec2,
        lambda: (torch.ones(1, 1, 16_000), torch.zeros(1, 16_000).bool()),
        lambda: {"input_values": torch.ones(1, 16_000)},
    ),
}


def first(output: Any) -> Tensor:
    """The first tensor of what a model gives."""
    found = next(iter(output.values())) if isinstance(output, Mapping) else output
    assert isinstance(found, Tensor)
    return found


def actions(
    model: nn.Module, given: Callable[[nn.Module], Any], compiled: bool, device: str
) -> dict[str, Action]:
    """What is timed of a model, which sees its inputs by `given`."""
    called: Any = torch.compile(model) if compiled else model

    def forward() -> object:
        model.eval()
        with torch.no_grad():
            return done(given(called))

    def backward() -> object:
        model.train()
        model.zero_grad()
        first(given(called)).float().sum().backward()
        return done(None)

    def done(output: object) -> object:
        if device == "cuda":
            torch.cuda.synchronize()
        return output

    return {"forward": forward, "forward and backward": backward}


def on(device: str, dtype: torch.dtype, value: Tensor) -> Tensor:
    return value.to(device, dtype) if value.is_floating_point() else value.to(device)


def compare(name: str, compiled: bool, device: str, dtype: torch.dtype) -> bool:
    """Prints the ratios of one model, eager or compiled."""
    peer = PEERS[name]
    ours = tuple(on(device, dtype, value) for value in peer.ours())
    theirs = {key: on(device, dtype, value) for key, value in peer.theirs().items()}
    with tempfile.TemporaryDirectory() as folder:
        made = emitted(Path(folder), peer.spec, "torch")
    models = [make().to(device, dtype) for make in (made, made, peer.make)]
    for model in models[:2]:
        assert count(model) == count(models[2])
    mine, again = (
        actions(model, lambda called: called(*ours), compiled, device)
        for model in models[:2]
    )
    other = actions(models[2], lambda called: called(**theirs), compiled, device)
    good = True
    for what in mine:
        noise = ratio(mine[what], again[what], rounds=8, lasting=8.0)
        found = ratio(mine[what], other[what], rounds=10, lasting=12.0)
        mode = "compiled" if compiled else "eager"
        where = "" if device == "cpu" else f", {device} {str(dtype).split('.')[1]}"
        title = f"torch {name}, {what}, {mode}{where} / transformers"
        good &= report(title, found, BOUND, f"same file {noise:.3f}")
    return good


def count(model: nn.Module) -> int:
    """How many parameters a model has."""
    return sum(parameter.numel() for parameter in model.parameters())


def main(names: list[str] | None = None) -> bool:
    """Prints all ratios, or those of some models; whether they keep their bound."""
    torch.set_num_threads(2)
    places = [("cpu", torch.float32)]
    if torch.cuda.is_available():
        places += [("cuda", torch.float32), ("cuda", torch.bfloat16)]
    good = True
    for name in names or PEERS:
        for device, dtype in places:
            for compiled in (False, True):
                good &= compare(name, compiled, device, dtype)
                torch.compiler.reset()
    return good


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
