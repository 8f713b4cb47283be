"""The turns of a loop that stand in a row and share their code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from specgraph.ir.graph import Call, Item, Loop, steps
from specgraph.lower.arguments import passed
from specgraph.lower.merge import Environment
from specgraph.lower.parts import Part, Parts, Shape
from specgraph.lower.program import Invoke
from specgraph.lower.pycode import Expr
from specgraph.traced import Traced

Vector = dict[str, Expr]
"""What one turn gives for each parameter of its code."""


@dataclass(slots=True)
class Run:
    """Some turns of a loop, one after the other, of one code."""

    start: int
    """How many turns stand before them."""
    stop: int
    """The same, these counted."""
    loop: Loop
    """These turns as a loop of their own."""
    shape: Shape
    parts: list[Part]
    is_whole: bool = False
    """Whether it is the whole loop."""
    is_last: bool = False
    """Whether no turns come after it."""

    @property
    def is_turn(self) -> bool:
        """Whether it is one turn beside others, whatever parameters say."""
        times = self.loop.times
        return times == 1 and not self.is_whole and not isinstance(times, Traced)

    @property
    def mark(self) -> str:
        """What tells its values apart where one code is written in several places."""
        return "" if self.is_whole else f"{self.start}:"

    def vectors(self, outer: Environment) -> list[Vector]:
        """What each turn gives for each parameter of the code; raises NotUniform."""
        return [
            passed(self.shape, part, turn, outer)
            for part, turn in zip(self.parts, self.loop.calls, strict=True)
        ]


def runs(loop: Loop, parts: Parts) -> list[Run]:
    """All turns of a loop, in order; one run where all are of one code."""
    found: list[Run] = []
    start = 0
    for turn in loop.calls:
        part = parts.by_body[turn.body]
        shape = part.shape
        assert shape is not None
        if not found or found[-1].shape is not shape:
            some = replace(loop, calls=[], times=0)
            found.append(Run(start, start, some, shape, []))
        found[-1].loop.calls.append(turn)
        found[-1].loop.times += turn.times
        found[-1].parts.append(part)
        start += turn.times
        found[-1].stop = start
    last = found[-1]
    last.is_whole, last.is_last = len(found) == 1, True
    last.stop = loop.times
    last.loop.times = loop.times - last.start if last.start else loop.times
    return found


def turns(step: Call | Loop, parts: Parts) -> Iterator[tuple[str, Call]]:
    """The calls of a step, each with the mark of its run."""
    if isinstance(step, Call):
        yield "", step
        return
    for run in runs(step, parts):
        for turn in run.loop.calls:
            yield run.mark, turn


def loop_mark(item: Invoke) -> str:
    """What tells the values of a loop's turns apart, where others share their code."""
    return f"{'.'.join(item.path)}:" if isinstance(item.step, Loop) else ""


def variables(items: Sequence[Item], parts: Parts) -> set[str]:
    """What the loops of some code, and those in their turns, may walk by name."""
    found: set[str] = set()
    for step in steps(items):
        if not isinstance(step, Loop):
            continue
        for run in runs(step, parts):
            known = [_known(part) for part in run.parts]
            found |= {n for n in run.shape.params if len({one[n] for one in known}) > 1}
        for turn in step.calls:
            if turn.body.block is None:
                found |= variables(turn.body.items, parts)
    return found


def _known(part: Part) -> Environment:
    """All that the code of an instance is given, by name."""
    assert part.shape is not None
    holes = {name: row[part.index] for name, row in part.shape.holes.items()}
    return {**part.environment, **holes}
