"""Runs somebody else's PyTorch model, its tensors under its own keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from specgraph.ir.graph import Graph
from specgraph.reference.base import Array
from tests.zoo.equality import Arrays, Pass, drawn, foreign_weights

Call = Callable[[Any, Mapping[str, Tensor]], Mapping[str, Tensor]]
"""The outputs of a model by the spec's names, of inputs by the spec's names."""


def randomized(model: nn.Module) -> nn.Module:
    """The model in float64; what starts as zeros and ones is drawn anew."""
    model = model.double()
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            if tensor.ndim < 2 and tensor.is_floating_point():
                numbers = 0.2 * drawn(tuple(tensor.shape), key)
                started_as_ones = bool((tensor == 1).all())
                tensor.copy_(torch.from_numpy(numbers.clip(-0.5) + started_as_ones))
    return model


def original_pass(
    graph: Graph,
    model: nn.Module,
    call: Call,
    map: str,
    inputs: Arrays,
    training: bool,
    folder: Path,
) -> tuple[dict[str, Array], Arrays, Pass]:
    """The model's weights before, the weights of the sum, and the pass."""
    start = _canonical(graph, model.state_dict(), map, folder)
    model.train(training)
    model.zero_grad()
    given = {name: torch.from_numpy(np.array(array)) for name, array in inputs.items()}
    outputs = call(model, given)
    sums = {name: drawn(tuple(out.shape), name) for name, out in outputs.items()}
    terms = [(outputs[n] * torch.from_numpy(array)).sum() for n, array in sums.items()]
    torch.stack(terms).sum().backward()
    slopes = {key: torch.zeros_like(t) for key, t in model.state_dict().items()}
    for key, weight in model.named_parameters(remove_duplicate=False):
        if weight.grad is not None:
            slopes[key] = weight.grad
    gradients = _canonical(graph, slopes, map, folder)
    buffers = graph.parameters().keys() - graph.parameters(trainable=True).keys()
    later = _canonical(graph, model.state_dict(), map, folder) if buffers else {}
    arrays = {name: out.detach().numpy() for name, out in outputs.items()}
    return start, sums, Pass(arrays, gradients, later)


def _canonical(
    graph: Graph, tensors: Mapping[str, Tensor], map: str, folder: Path
) -> dict[str, Array]:
    path = folder / "theirs.safetensors"
    save_file({k: t.detach().clone().contiguous() for k, t in tensors.items()}, path)
    return foreign_weights(graph, f"torch:{path}", map)
