"""Equations of letters, a letter an axis: `bij,bjk->bik`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import ascii_letters
from typing import Annotated

from pydantic import AfterValidator

_FORM = re.compile(r"(\.\.\.)?[A-Za-z]*(,(\.\.\.)?[A-Za-z]*)*->(\.\.\.)?[A-Za-z]*")
MOST_LETTERS = 256
"""Characters of an equation."""
RULE = "letters for axes, the batch first: `bij,bjk->bik`, or `...ij,...jk->...ik`"


@dataclass(frozen=True, slots=True)
class Equation:
    """The letters of each operand's axes and of the result's, the batch counted."""

    operands: tuple[str, ...]
    output: str

    @classmethod
    def read(cls, text: str) -> Equation:
        """What an equation says; `...` are still that."""
        left, _, output = text.partition("->")
        return cls(tuple(left.split(",")), output)

    def spelt(self, rank: int) -> Equation:
        """The equation without `...`, where the first operand has so many axes."""
        parts = (*self.operands, self.output)
        missing = rank - len(self.operands[0].replace("...", ""))
        used = set("".join(parts))
        free = [letter for letter in ascii_letters if letter not in used]
        letters = "".join(free[: max(missing, 0)])
        *operands, output = (part.replace("...", letters) for part in parts)
        return Equation(tuple(operands), output)

    def __str__(self) -> str:
        return f"{','.join(self.operands)}->{self.output}"


def _checked(text: str) -> str:
    text = text.replace(" ", "")
    if len(text) > MOST_LETTERS or not _FORM.fullmatch(text):
        raise ValueError(f"an equation is of {RULE}, got {text[:60]!r}")
    found = Equation.read(text)
    parts = (*found.operands, found.output)
    if any(len(set(part)) < len(part.replace("...", "")) for part in parts):
        raise ValueError(f"a letter comes twice in one part of {text!r}")
    unknown = set(found.output) - set("".join(found.operands))
    if unknown:
        raise ValueError(f"no operand has {min(unknown)!r} of the result of {text!r}")
    return text


EquationField = Annotated[str, AfterValidator(_checked)]
"""An equation without spaces."""
