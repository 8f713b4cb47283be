"""How weights follow their gradients: the optimizers of Keras and torch.

w is a weight, g its gradient, t the number of the step, from 1.  Weight decay comes
before the step, as in both frameworks: decoupled it is w ← w - learning_rate ·
weight_decay · w (Loshchilov & Hutter, 2019), coupled it is g ← g + weight_decay · w.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from specgraph.definition import (
    CallError,
    Definition,
    Family,
    Problem,
    by_semantics,
)

_OF_TORCH = {
    "lr": "learning_rate",
    "eps": "epsilon",
    "betas": "beta_1",
    "beta1": "beta_1",
    "beta2": "beta_2",
}


def _entries(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Optimizer(Definition):
    """A rule that turns a gradient into a step."""

    leading: ClassVar[str | None] = "learning_rate"
    spellings: ClassVar[Mapping[str, str]] = _OF_TORCH

    learning_rate: float = Field(default=0.001, ge=0)
    """The factor of every step."""

    @property
    def slots(self) -> tuple[str, ...]:
        """What is kept for each weight from step to step, as the formula names it."""
        return ()


class Decaying(Optimizer):
    """An optimizer with weight decay."""

    weight_decay: float = Field(default=0.0, ge=0)
    """The factor of the decay."""
    exclude: Annotated[tuple[str, ...], BeforeValidator(_entries)] = ()
    """Weights that do not decay: a parameter role (`bias`, which a `recurrent_bias` has
    too), an op (`layer_norm`), or a path in which `*` stands for anything."""

    @property
    def decouples(self) -> bool:
        """Whether the decay is taken from the weight, not added to the gradient."""
        raise NotImplementedError


def excludes(entry: str, *, name: str, op: str, path: str) -> bool:
    """Whether an entry of `exclude` means this weight.

    `name` is the weight's in its op, and ends in its role: a `recurrent_bias` is a
    `bias`.  `path` is the dotted path that ends in the name.
    """
    if entry in (name, op) or name.endswith(f"_{entry}"):
        return True
    pattern = ".*".join(re.escape(part) for part in entry.split("*"))
    return re.fullmatch(pattern, path) is not None


OPTIMIZERS: Family[Optimizer] = Family(
    "optimizer",
    spellings={"gradient_descent": "sgd", "momentum": "sgd", "adam_w": "adamw"},
)


@OPTIMIZERS.register
class SGD(Decaying):
    """Gradient descent, with a velocity v if `momentum` μ is not 0.

    `scaled`: v ← μ v - learning_rate · g; w ← w + v, or w + μ v - learning_rate · g
    if `nesterov` (keras/src/optimizers/sgd.py).
    `plain`: v ← μ v + g; w ← w - learning_rate · v, or w - learning_rate · (g + μ v)
    if `nesterov` (torch/optim/sgd.py).
    The two differ as soon as the learning rate changes.
    """

    label: ClassVar[str] = "sgd"

    learning_rate: float = by_semantics(keras=0.01, torch=0.001, ge=0)
    """The factor of every step."""
    momentum: float = Field(default=0.0, ge=0, le=1)
    """What is kept of the velocity."""
    nesterov: bool = False
    """Whether the step looks one velocity ahead; needs `momentum`."""
    velocity: Literal["scaled", "plain"] = by_semantics(keras="scaled", torch="plain")
    """Whether the velocity contains the learning rate."""
    decoupled: bool = by_semantics(keras=True, torch=False)
    """Whether the decay is taken from the weight, not added to the gradient."""

    @model_validator(mode="after")
    def _moving(self) -> Self:
        if self.nesterov and not self.momentum:
            message = "sgd: nesterov needs a momentum above 0"
            raise CallError(Problem("bad-value", message, ("nesterov",)))
        return self

    @property
    def decouples(self) -> bool:
        """Whether the decay is taken from the weight, not added to the gradient."""
        return self.decoupled

    @property
    def slots(self) -> tuple[str, ...]:
        """The velocity, if there is momentum."""
        return ("velocity",) if self.momentum else ()


class Adaptive(Decaying):
    """What `adam` and `adamw` share."""

    beta_1: float = Field(default=0.9, ge=0, lt=1)
    """What is kept of the first moment."""
    beta_2: float = Field(default=0.999, ge=0, lt=1)
    """What is kept of the second moment."""
    epsilon: float = by_semantics(keras=1e-7, torch=1e-8, ge=0)
    """What is added to the denominator."""
    epsilon_placement: Literal["uncorrected", "corrected"] = by_semantics(
        keras="uncorrected", torch="corrected"
    )
    """Whether ε is added to the root before or after v's bias is corrected."""
    amsgrad: bool = False
    """Whether the greatest second moment so far is used."""

    @property
    def slots(self) -> tuple[str, ...]:
        """The moments."""
        return ("m", "v", "vhat") if self.amsgrad else ("m", "v")


@OPTIMIZERS.register
class Adam(Adaptive):
    """Adam (Kingma & Ba, 2015): moments m and v, both from 0.

    m ← β₁ m + (1 - β₁) g; v ← β₂ v + (1 - β₂) g²; with `amsgrad` vhat ← max(vhat, v)
    stands for v below (Reddi et al., 2018).  With c₁ = 1 - β₁ᵗ and c₂ = 1 - β₂ᵗ:
    `uncorrected`: w ← w - learning_rate · √c₂ / c₁ · m / (√v + ε)
    (keras/src/optimizers/adam.py; the paper's ε hat);
    `corrected`: w ← w - learning_rate · (m / c₁) / (√(v / c₂) + ε)
    (torch/optim/adam.py; the paper's algorithm 1).
    """

    label: ClassVar[str] = "adam"

    decoupled: bool = by_semantics(keras=True, torch=False)
    """Whether the decay is taken from the weight, not added to the gradient."""

    @property
    def decouples(self) -> bool:
        """Whether the decay is taken from the weight, not added to the gradient."""
        return self.decoupled


@OPTIMIZERS.register
class AdamW(Adaptive):
    """`adam` with decoupled weight decay (Loshchilov & Hutter, 2019)."""

    label: ClassVar[str] = "adamw"

    weight_decay: float = by_semantics(keras=0.004, torch=0.01, ge=0)
    """The factor of the decay."""

    @property
    def decouples(self) -> bool:
        """Always."""
        return True
