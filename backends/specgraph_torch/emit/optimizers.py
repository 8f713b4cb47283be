"""What PyTorch's optimizers do otherwise than a spec may ask for, as step hooks."""

import math
from typing import Any

import torch


def uncorrected_epsilon(
    adam: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Adds Adam's epsilon before the bias correction, as Keras does; PyTorch after it.

    √v / √c + ε / √c is (√v + ε) / √c, so dividing ε by the correction √c is enough.
    """
    for group in adam.param_groups:
        group["t"] = group.get("t", 0) + 1
        correction = math.sqrt(1 - group["betas"][1] ** group["t"])
        group["eps"] = adam.defaults["eps"] / correction


@torch.no_grad()
def decoupled_decay(
    sgd: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Shrinks the weights before the step; PyTorch's SGD adds them to the gradient."""
    for group in sgd.param_groups:
        for weight in group["params"]:
            if weight.grad is not None:
                weight.mul_(1 - group["lr"] * group["decay"])
