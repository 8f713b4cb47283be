"""Numbers that know how they were computed from a block's parameters.

A traced number is an ordinary one to everything that computes or compares.  Arithmetic
on it gives a traced number again, so that what an emitter prints as a constant can be
printed as the expression it is: `4 * filters`.  A traced number never decides anything:
where code branches on it, it branches on the value.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter, or a size that has a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`sign` between operands, or before one; `[]` is a place in a list."""

    sign: str
    operands: tuple[Formula, ...]


Formula: TypeAlias = "Named | Operation | int | float"

OPERATORS: dict[str, Callable[..., int | float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "/": operator.truediv,
    "%": operator.mod,
    "**": operator.pow,
    "neg": operator.neg,
    "[]": operator.getitem,
}
NEUTRAL = {"+": 0, "-": 0, "*": 1, "//": 1, "/": 1, "**": 1}
"""Operands on the right that leave a number as it is."""
LONGEST = 24
"""Parts of a formula; a longer one is no help to a reader."""


class TracedInt(int):
    """An integer and its formula."""

    formula: Formula


class TracedFloat(float):
    """A float and its formula."""

    formula: Formula


Traced = (TracedInt, TracedFloat)
"""The classes of traced numbers."""


def traced(value: int | float, formula: Formula) -> int | float:
    """The number with its formula; itself where that would be of no help."""
    if isinstance(value, bool) or size(formula) > LONGEST:
        return plain(value)
    if isinstance(formula, int | float):
        return plain(value)
    if isinstance(value, TracedInt | TracedFloat):
        value = plain(value)
    cls = TracedInt if isinstance(value, int) else TracedFloat
    found = cls(value)
    found.formula = formula
    return found


def plain(value: int | float) -> int | float:
    """The number alone."""
    if isinstance(value, TracedInt):
        return int(value)
    return float(value) if isinstance(value, TracedFloat) else value


def as_float(value: int | float) -> int | float:
    """The number as a float, as traced as it is."""
    return traced(float(value), formula_of(value))


def formula_of(value: int | float) -> Formula:
    """How a number was computed; the number itself where nothing is known."""
    return value.formula if isinstance(value, TracedInt | TracedFloat) else value


def size(formula: Formula) -> int:
    """The number of parts."""
    if isinstance(formula, Operation):
        return 1 + sum(size(one) for one in formula.operands)
    return 1


def names(formula: Formula) -> list[str]:
    """The names in a formula, each once, in order."""
    if isinstance(formula, Named):
        return [formula.name]
    if isinstance(formula, Operation):
        found = [name for one in formula.operands for name in names(one)]
        return list(dict.fromkeys(found))
    return []


def evaluate(formula: Formula, values: Mapping[str, object]) -> object:
    """The number that a formula gives; KeyError for a name without a value."""
    if isinstance(formula, Named):
        return values[formula.name]
    if isinstance(formula, Operation):
        operands = [evaluate(one, values) for one in formula.operands]
        return OPERATORS[formula.sign](*operands)
    return formula


Terms: TypeAlias = "Formula | tuple[Terms, ...]"
"""How a number, or each number in a list, was computed."""


def terms_of(value: object) -> Terms | None:
    """How a number or those of a list were computed; None for anything else."""
    if isinstance(value, int | float):
        return formula_of(value)
    if isinstance(value, list | tuple):
        found = tuple(terms_of(item) for item in value)
        if None not in found:
            return tuple(one for one in found if one is not None)
    return None


def substituted(formula: Formula, values: Mapping[str, Terms]) -> Formula | None:
    """The formula in terms of others; None where a name has none."""
    found = _substituted(formula, values)
    return None if isinstance(found, tuple) else found


def _substituted(formula: Formula, values: Mapping[str, Terms]) -> Terms | None:
    if isinstance(formula, Named):
        return values.get(formula.name)
    if isinstance(formula, Operation) and formula.sign == "[]":
        of, index = formula.operands
        listed = _substituted(of, values)
        assert isinstance(index, int)
        return listed[index] if isinstance(listed, tuple) else None
    if isinstance(formula, Operation):
        operands = [substituted(one, values) for one in formula.operands]
        if any(one is None for one in operands):
            return None
        kept = tuple(one for one in operands if one is not None)
        if all(isinstance(one, int | float) for one in kept):
            return OPERATORS[formula.sign](*kept)
        return Operation(formula.sign, kept)
    return formula


def _combined(sign: str, swapped: bool) -> Callable[[int | float, object], object]:
    compute = OPERATORS[sign]

    def combine(self: int | float, other: object) -> object:
        if isinstance(other, bool) or not isinstance(other, int | float):
            return NotImplemented
        mine, theirs = plain(self), plain(other)
        value = compute(theirs, mine) if swapped else compute(mine, theirs)
        if not isinstance(value, int | float):
            return value
        ours = (formula_of(self), formula_of(other))
        if not swapped and other == NEUTRAL.get(sign):
            return traced(value, ours[0])
        if swapped and sign in ("+", "*") and other == NEUTRAL[sign]:
            return traced(value, ours[0])
        formula = Operation(sign, ours[::-1] if swapped else ours)
        return traced(value, _shorter(formula) if isinstance(value, int) else formula)

    return combine


def _shorter(formula: Operation) -> Formula:
    """The same integer in fewer parts, where constants meet; integers alone are exact.

    n - 1 + 1 is n, 2 * n // 2 is n, and n - n // 2 is (n + 1) // 2.
    """
    match formula:
        case Operation(sign="+" | "-", operands=(Operation("+" | "-") as inner, int())):
            match _shifted(formula):
                case term, 0:
                    return term
                case term, by if term is not inner:
                    return Operation("+" if by > 0 else "-", (term, abs(by)))
        case Operation("//", (Operation("*", (int() as times, n)), int() as by)) if (
            by and times % by == 0
        ):
            return n if times == by else Operation("*", (times // by, n))
        case Operation("//", (Operation("*", (n, int() as times)), int() as by)) if (
            by and times % by == 0
        ):
            return n if times == by else Operation("*", (n, times // by))
        case Operation("-", (n, Operation("//", (half, 2)))) if n == half:
            return Operation("//", (_shorter(Operation("+", (n, 1))), 2))
    return formula


def _shifted(formula: Formula) -> tuple[Formula, int]:
    """A formula as a term and the integer that is added to it."""
    match formula:
        case Operation("+", (term, int() as by)):
            found, more = _shifted(term)
            return found, more + by
        case Operation("-", (term, int() as by)):
            found, more = _shifted(term)
            return found, more - by
    return formula, 0


def _negated(self: int | float) -> int | float:
    return traced(-plain(self), Operation("neg", (formula_of(self),)))


for _cls in (TracedInt, TracedFloat):
    for _name, _sign in (
        ("add", "+"),
        ("sub", "-"),
        ("mul", "*"),
        ("floordiv", "//"),
        ("truediv", "/"),
        ("mod", "%"),
        ("pow", "**"),
    ):
        setattr(_cls, f"__{_name}__", _combined(_sign, swapped=False))
        setattr(_cls, f"__r{_name}__", _combined(_sign, swapped=True))
    _cls.__neg__ = _negated  # type: ignore[method-assign]


def graft(valid: object, raw: object) -> object:
    """A validated value, its numbers as traced as those it was validated from."""
    if isinstance(raw, TracedInt | TracedFloat):
        if isinstance(valid, tuple):
            return tuple(graft(item, raw) for item in valid)
        if isinstance(valid, bool) or not isinstance(valid, int | float):
            return valid
        return traced(valid, raw.formula) if valid == raw else valid
    many = isinstance(raw, list | tuple) and isinstance(valid, tuple)
    if many and len(raw) == len(valid):  # type: ignore[arg-type]
        return tuple(graft(*pair) for pair in zip(valid, raw, strict=True))  # type: ignore[call-overload]
    return valid


def holds_traced(value: object) -> bool:
    """Whether a traced number stands in a value."""
    if isinstance(value, list | tuple):
        return any(holds_traced(item) for item in value)
    return isinstance(value, TracedInt | TracedFloat)


def numbers(values: Mapping[str, object]) -> dict[str, object]:
    """Values under names, every number traced to its name."""
    return {
        name: traced(value, Named(name)) if isinstance(value, int | float) else value
        for name, value in values.items()
    }


def named(values: Mapping[str, object]) -> dict[str, object]:
    """The same, and numbers in lists traced to their place under the list's name."""
    return {name: placed(value, Named(name)) for name, value in values.items()}


def placed(value: object, formula: Formula) -> object:
    """A number with its formula; a list with that of each number's place in it."""
    if isinstance(value, int | float):
        return traced(value, formula)
    if isinstance(value, list | tuple):
        items = [
            placed(item, Operation("[]", (formula, place)))
            for place, item in enumerate(value)
        ]
        return items if isinstance(value, list) else tuple(items)
    return value
