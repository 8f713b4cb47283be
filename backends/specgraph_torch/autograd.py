"""Gradients of what a pass of torch gave, for parity: of torch's models and of Keras's on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

Results = dict[str, NDArray[Any]]
HALVES = (torch.bfloat16, torch.float16)


def distinct(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each tensor once, by its first name: what it is again has no gradient of its own."""
    firsts = {id(tensor): key for key, tensor in reversed(list(tensors.items()))}
    return {key: t for key, t in tensors.items() if firsts[id(t)] == key}


def gradients(
    total: Tensor, sources: Mapping[str, Tensor], again: bool = False
) -> Results:
    """The gradient of a number by name; zeros where it does not depend on a source.

    `again` says that there are more derivatives to come.
    """
    floats = {n: s for n, s in sources.items() if s.is_floating_point()}
    wanted = [source for source in floats.values() if source.requires_grad]
    found: dict[int, Tensor | None] = {}
    if wanted and total.requires_grad:
        gradients = torch.autograd.grad(
            total, wanted, allow_unused=True, retain_graph=again
        )
        found = dict(zip(map(id, wanted), gradients, strict=True))
    return {
        f"gradient:{name}": array_of(
            torch.zeros_like(source)
            if (gradient := found.get(id(source))) is None
            else gradient
        )
        for name, source in floats.items()
    }


def direct(
    found_before: Mapping[str, NDArray[Any]],
    sources: Mapping[str, Tensor],
    taps: Sequence[int],
) -> Results:
    """Gradients of a node's values without what goes through the others of them.

    One may be made of another, as the last state of all; what takes it is compared.
    """
    keys = [f"value:{tap}" for tap in taps]
    group = {k: sources[k] for k in keys if k in sources and sources[k].requires_grad}
    found = {key: torch.from_numpy(found_before[f"gradient:{key}"]) for key in group}
    whole = dict(found)
    for _ in taps[1:]:  # no chain of them is longer
        for key, tensor in group.items():
            others = [name for name in group if name != key]
            (through,) = torch.autograd.grad(
                [group[name] for name in others],
                [tensor],
                [found[name] for name in others],
                retain_graph=True,
                allow_unused=True,
            )
            if through is not None:
                found[key] = whole[key] - through
    return {f"gradient:{key}": array_of(tensor) for key, tensor in found.items()}


def array_of(tensor: Tensor) -> NDArray[Any]:
    """A tensor as NumPy's; half precision, which NumPy has not all of, as float32."""
    if tensor.dtype in HALVES:
        tensor = tensor.float()
    found: NDArray[Any] = tensor.detach().cpu().numpy()
    return found
