"""The initializer of a weight that measures another one."""

from __future__ import annotations

from typing import ClassVar

from specgraph.training.initializers import Initializer


class Lengths(Initializer):
    """The lengths of another weight's parts, so that a product is as that was drawn."""

    label: ClassVar[str] = "lengths"
    random: ClassVar[bool] = False

    weight: str
    """The name of the other weight of the same layer."""
    axis: int | None
    """The axis that tells the parts apart; none for one length of the whole."""
