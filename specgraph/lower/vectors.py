"""What the turns of a loop are given: the same, what a turn's number says, or a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from specgraph.ir.graph import Loop
from specgraph.lower.code import call
from specgraph.lower.merge import Environment, NotUniform, bare, read_in
from specgraph.lower.pycode import BinOp, Const, Expr, Name, Tuple, UnaryOp
from specgraph.lower.runs import Run, Vector
from specgraph.traced import (
    Formula,
    Named,
    Operation,
    Traced,
    TracedInt,
    evaluate,
    formula_of,
    names,
    plain,
    traced,
)

MOST_LISTED = 1024
"""Numbers that a loop walks in the text."""

WIDEST = 48
"""Characters of a list beside which others stand; of longer ones each turn is a row."""

INDICES = "ijklmnop"
"""What a turn's number may be called."""


@dataclass(slots=True)
class Walk:
    """What differs from turn to turn."""

    run: Run
    computed: dict[str, Expr] = field(default_factory=dict)
    """By name, an expression of the turn's number."""
    listed: dict[str, Tuple] = field(default_factory=dict)
    """By name, the numbers that a variable of that name walks."""

    def given(self, constant: Vector) -> dict[str, Expr]:
        """What the code of one turn is given, by all that every turn is."""
        listed = {name: Name(name) for name in self.listed}
        return {**constant, **self.computed, **listed}

    def over(self, counted: bool, index: Name) -> tuple[Expr, Expr]:
        """The variables of the loop, and what they walk; `counted` with the number."""
        counted = counted or bool(self.computed)
        columns = list(self.listed.values())
        start = [Const(self.run.start)] if self.run.start else []
        if not columns:
            if not counted:
                return Name("_"), call("range", Const(self.run.loop.times))
            return index, call("range", *start, Const(self.run.stop))
        names = [Name(name) for name in self.listed]
        target: Expr = names[0] if len(names) == 1 else Tuple(list(names))
        walked: Expr = columns[0]
        if len(columns) > 1 and any(_width(column) > WIDEST for column in columns):
            rows = zip(*(column.items for column in columns), strict=True)
            walked = Tuple([Tuple(list(row)) for row in rows])
        elif len(columns) > 1:
            walked = call("zip", *columns, strict=True)
        if not counted:
            return target, walked
        return Tuple([index, target]), call("enumerate", walked, *start)


def walk(
    run: Run,
    vectors: Sequence[Vector],
    varying: Iterable[str],
    outer: Environment,
    index: Name,
    hidden: Iterable[str],
) -> Walk:
    """How a loop says what differs, `index` being the turn's number; raises NotUniform.

    `outer` are the numbers that the code around the loop has names for, `hidden` names
    that it reads, which a variable must not take from it.
    """
    loop = run.loop
    found = Walk(run)
    turns = [
        vector
        for vector, step in zip(vectors, loop.calls, strict=True)
        for _ in range(min(step.times, MOST_LISTED + 1))
    ]
    whole = len(turns) == loop.times
    for name in varying:
        column = [turn[name] for turn in turns]
        said = _said(run, column, outer, index) if whole else None
        if said is not None:
            found.computed[name] = said
        elif len(column) > MOST_LISTED:
            raise NotUniform("too many turns to list")
        else:
            found.listed[name] = Tuple(column)
    variables = {*found.listed, index.id} if found.computed else found.listed.keys()
    if variables & {*hidden, *read_in(list(found.computed.values()))} - {index.id}:
        raise NotUniform("a variable hides a parameter")
    return found


def _width(column: Tuple) -> int:
    """About how many characters a column of numbers has."""
    values = [item.value if isinstance(item, Const) else item for item in column.items]
    return sum(len(f"{bare(value)}, ") for value in values)


def vary(column: Sequence[Expr]) -> bool:
    """Whether turns are given different things, or other places in a list."""
    if any(one != column[0] for one in column):
        return True
    values = [one.value for one in column if isinstance(one, Const)]
    formulas = [one.formula for one in values if isinstance(one, Traced)]
    places = [f for f in formulas if isinstance(f, Operation) and f.sign == "[]"]
    return any(one != places[0] for one in places)


def _said(
    run: Run, column: Sequence[Expr], outer: Environment, index: Name
) -> Expr | None:
    """A column as an expression of the turn's number: as written, or a + i * b."""
    numbers = [one.value for one in column if isinstance(one, Const)]
    if len(numbers) < len(column):
        return None
    integers = [n for n in numbers if isinstance(n, int) and not isinstance(n, bool)]
    more = added(run.loop)
    if more is not None and len(integers) == 1:
        return BinOp(Const(integers[0]), "+", BinOp(index, "*", Const(more)))
    written = _as_written(run, numbers, outer, index)
    if written is not None or run.start or len(integers) < max(len(column), 2):
        return written
    return _progression(integers, index)


def _as_written(
    run: Run, numbers: Sequence[object], outer: Environment, index: Name
) -> Expr | None:
    """The formula that all turns have in common, of the loop's own counter."""
    repeat = run.loop.written.repeat
    counter = repeat.counter if repeat is not None else None
    first = numbers[0] if numbers else None
    if counter is None or not isinstance(first, Traced):
        return None
    formula = first.formula
    if counter not in names(formula) or set(names(formula)) - {counter, *outer}:
        return None
    for turn, number in enumerate(numbers, run.start):
        try:
            value = evaluate(formula, {**outer, counter: turn})
        except (KeyError, ArithmeticError, TypeError):
            return None
        if value != number or isinstance(number, bool):
            return None
    return _expression(formula, counter, outer, index)


def _expression(
    formula: Formula, counter: str, outer: Environment, index: Name
) -> Expr:
    """A formula as code; what does not change from turn to turn stays a number."""
    if formula == Named(counter):
        return index
    if isinstance(formula, Operation) and counter in names(formula):
        parts = [_expression(one, counter, outer, index) for one in formula.operands]
        if formula.sign == "neg":
            return UnaryOp("-", parts[0])
        return BinOp(parts[0], formula.sign, parts[1])
    value = evaluate(formula, outer)
    assert isinstance(value, int | float)
    return Const(traced(value, formula))


def added(loop: Loop) -> int | float | None:
    """The channels that the only turn of a loop adds, traced; None where not known.

    Nor where the loop has one turn for all instances.
    """
    (turn, *_) = loop.calls
    if not isinstance(loop.times, Traced) or loop.times != 1:
        return None
    before, after = turn.inputs[0].type, next(iter(turn.outputs.values())).type
    if not before.shape or not after.shape:
        return None
    first, second = before.channels, after.channels
    if not isinstance(first, int) or not isinstance(second, TracedInt):
        return None
    match second.formula:
        case Operation("+", (start, Operation("*", (_, more)))):
            if start == formula_of(first):
                return traced(int(second - first), more)
    return None


def _progression(numbers: Sequence[int], index: Name) -> Expr | None:
    """a + i * b, where every number is the one before and b more.

    Numbers that are not known to be such sums are listed while they are few.
    """
    start, step = numbers[0], numbers[1] - numbers[0]
    if any(number != start + turn * step for turn, number in enumerate(numbers)):
        return None
    more: int | float = plain(step)
    known = start == 0 and more == 1
    second = formula_of(numbers[1])
    if isinstance(second, Operation) and second.sign == "+":
        left, right = second.operands
        if left == formula_of(start):
            more, known = traced(more, right), True
    if not known and len(numbers) <= MOST_LISTED:
        return None
    grown: Expr = index if more == 1 else BinOp(index, "*", Const(more))
    return grown if start == 0 else BinOp(Const(start), "+", grown)
