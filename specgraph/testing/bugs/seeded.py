"""Emitter bugs, seeded into plans: edits of emitted text, or of where weights live."""

from __future__ import annotations

from dataclasses import dataclass, replace

from specgraph.backend import Backend
from specgraph.ir.graph import Graph
from specgraph.lower.plan import Plan
from specgraph.lower.printer import Range
from specgraph.lower.rules import Rules
from specgraph.lower.slots import Slot
from specgraph.ops.base import Op


@dataclass(frozen=True, slots=True)
class Edit:
    """A text that stands in an emitted file, and what stands there instead."""

    old: str
    new: str
    file: str = "model.py"


@dataclass(frozen=True, slots=True)
class Moved:
    """A framework tensor, and how its weight's elements lie there instead."""

    key: str
    blocks: tuple[int, ...] = ()
    split: tuple[int, ...] = ()
    axes: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()


KINDS = (
    "epsilon",
    "default",
    "padding",
    "layout",
    "gate",
    "bias",
    "momentum",
    "variance",
    "activation form",
    "mask",
    "reduction",
    "label",
    "optimizer",
    "schedule",
    "weight map",
    "dtype",
    "initializer",
)
"""What emitters of this kind get wrong."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug of one backend's emitter, and the check that is meant to catch it."""

    kind: str
    """What it is about, one of `KINDS`."""
    name: str
    spec: str
    backend: str
    check: str
    changes: tuple[Edit | Moved, ...]
    dtype: str = "float64"


class MutatedBackend:
    """A backend with a bug, wherever what it emits holds the text of the bug."""

    def __init__(self, backend: Backend, mutant: Mutant) -> None:
        self.backend = backend
        self.mutant = mutant
        self.applied = 0

    @property
    def name(self) -> str:
        """The backend's."""
        return self.backend.name

    @property
    def rules(self) -> Rules[Op]:
        """The backend's."""
        return self.backend.rules

    @property
    def requires(self) -> tuple[str, ...]:
        """The backend's."""
        return self.backend.requires

    @property
    def worker(self) -> str:
        """The backend's."""
        return self.backend.worker

    def plan(self, graph: Graph) -> Plan:
        """The backend's plan with the bug in it."""
        plan = self.backend.plan(graph)
        for change in self.mutant.changes:
            done = (
                edit(plan, change) if isinstance(change, Edit) else move(plan, change)
            )
            self.applied += done
        return plan


def edit(plan: Plan, change: Edit) -> bool:
    """Replaces a text, and moves the taps behind it; whether it was there."""
    text = plan.files.get(change.file, "")
    at = text.find(change.old)
    if at < 0:
        return False
    plan.files[change.file] = text.replace(change.old, change.new, 1)
    if change.file == "model.py":
        end, grown = at + len(change.old), len(change.new) - len(change.old)
        for value, tap in plan.taps.items():
            span = _shifted(tap.span, text, plan.files[change.file], end, grown)
            plan.taps[value] = replace(tap, span=span)
    return True


def _shifted(span: Range, before: str, after: str, end: int, grown: int) -> Range:
    start = _moved(span.line, span.column, before, after, end, grown)
    stop = _moved(span.end_line, span.end_column, before, after, end, grown)
    return Range(*start, *stop)


def _moved(
    line: int, column: int, before: str, after: str, end: int, grown: int
) -> tuple[int, int]:
    """A place in a text (lines from 1) after an edit that ended at an offset."""
    offset = sum(len(one) for one in before.splitlines(True)[: line - 1]) + column
    if offset >= end:
        offset += grown
    head = after[:offset]
    return head.count("\n") + 1, offset - (head.rfind("\n") + 1)


def move(plan: Plan, change: Moved) -> bool:
    """Makes a tensor hold its weight in another order; whether there is such a tensor."""
    slot = plan.slots.get(change.key)
    if not isinstance(slot, Slot):
        return False
    (piece,) = slot.pieces
    piece = replace(
        piece,
        blocks=change.blocks,
        split=change.split,
        axes=change.axes,
        shape=change.shape,
    )
    plan.slots[change.key] = replace(slot, pieces=(piece,))
    return True
