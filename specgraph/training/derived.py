"""Initializers of weights that follow from another one of their layer."""

from __future__ import annotations

from typing import ClassVar, Literal

from specgraph.training.initializers import Initializer


class Derived(Initializer):
    """What another weight says of this one, once that was drawn."""

    random: ClassVar[bool] = False

    weight: str
    """The name of the other weight of the same layer."""


class Lengths(Derived):
    """The lengths of another weight's parts, so that a product is as that was drawn."""

    label: ClassVar[str] = "lengths"

    axis: int | None
    """The axis that tells the parts apart; none for one length of the whole."""


class Singular(Derived):
    """About the vector of another weight's greatest singular value, as a matrix."""

    label: ClassVar[str] = "singular"

    axis: int
    """The axis that is the matrix's columns; all others are its rows."""
    side: Literal["columns", "rows"]
    """Which of the two vectors it is, by its elements."""
