"""The initializer that makes a table of positions out of waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from specgraph.definition import Problem
from specgraph.training.initializers import INITIALIZERS, Initializer


@INITIALIZERS.register
class Sinusoidal(Initializer):
    """Row t of a table [rows, features] has the waves of the position p = start + step t.

    They are sin and cos of p / base^(2 i / features), i = 0, 1, …: next to each other
    if `interleaved`, else all sines before all cosines (Vaswani et al., 2017).
    """

    label: ClassVar[str] = "sinusoidal"
    random: ClassVar[bool] = False
    of_tables: ClassVar[bool] = True
    spellings: ClassVar[Mapping[str, str]] = {
        "max_wavelength": "base",
        "temperature": "base",
        "offset": "start",
    }

    base: float = Field(default=10000.0, gt=1)
    """The longest wavelength, in turns of 2 pi."""
    interleaved: bool = True
    """Whether sines and cosines alternate."""
    start: float = 0.0
    """The position of the first row."""
    step: float = 1.0
    """How far positions lie apart."""

    def problem(self, shape: Sequence[int]) -> Problem | None:
        """Only a table has rows, and halves are of one size."""
        if len(shape) != 2:
            message = f"sinusoidal fills tables [rows, features], got {list(shape)}"
            return Problem("bad-value", message)
        if self.interleaved or shape[1] % 2 == 0:
            return None
        message = f"sinusoidal in halves needs even features, got {list(shape)}"
        return Problem("bad-value", message)
