"""Where the weights and values of every use of a body are, from the code of its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from specgraph.ir.graph import Graph, Path
from specgraph.lower.emit import Body as Code
from specgraph.lower.emit import physical
from specgraph.lower.parts import Part, Parts, Shape
from specgraph.lower.plan import Late, Physical, Tap
from specgraph.lower.program import Invoke, Pass, Program, Use
from specgraph.lower.rules import Axes
from specgraph.lower.runs import loop_mark, turns
from specgraph.lower.slots import AnySlot, Slot, placed

T = TypeVar("T")
Place = Callable[[Shape | None, Path, Path], Path]
"""Where the framework has a layer: from the shape around it, that one's own place, and
the layer's path there."""

Places = tuple[
    MutableMapping[str, AnySlot],
    MutableMapping[str, Physical],
    MutableMapping[str, Tap],
    MutableMapping[str, str],
]
"""Slots, values, taps and aliases of a plan."""


@dataclass(slots=True)
class Instances:
    """Walks a model as it runs, every use of a body at its own path."""

    parts: Parts
    spans: dict[str, Tap]
    """By mark, where each value of each code comes to be."""
    place: Place
    inline: Callable[[Shape], bool]
    """Whether the code of a shape is written into what uses it."""
    joint: str = "."
    end: str = "."
    """What stands between the parts of a layer's place, and after them."""
    once: bool = False
    """Whether the code of a body that is used again runs for its first use alone."""
    slots: dict[str, AnySlot] = field(default_factory=dict)
    values: dict[str, Physical] = field(default_factory=dict)
    taps: dict[str, Tap] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    _viewed: dict[str, tuple[str, Axes]] = field(default_factory=dict)
    """By alias: what it is there, and in which order that lies where the alias is."""
    _passed: dict[str, str] = field(default_factory=dict)
    """By what a layer that is left out gives: what it takes."""
    _turns: dict[tuple[int, ...], int] = field(default_factory=dict)
    _seen: dict[tuple[int, ...], set[str]] = field(default_factory=dict)
    """The values that the last run of a call gave."""
    _uses: dict[str, list[Tap]] = field(default_factory=dict)
    """By a value's name in the first use of its body: the taps of all uses."""

    def mappings(
        self, program: Program, code: Code, own: Mapping[str, Physical]
    ) -> tuple[Late[str, AnySlot], Late[str, Physical], Late[str, Tap], Late[str, str]]:
        """Slots, values (the model's `own` over all others), taps and aliases."""
        return (
            Late(lambda: self._walked(program, code, own).slots),
            Late(lambda: self._walked(program, code, own).values),
            Late(lambda: self._walked(program, code, own).taps),
            Late(lambda: self._walked(program, code, own).aliases),
        )

    def _walked(
        self, program: Program, code: Code, own: Mapping[str, Physical]
    ) -> Instances:
        if not self.values:
            self._walk(program, code, None, "", (), (), (), {})
            self.values |= own
            self._turn_aliases()
            for name, tap in self.taps.items():
                self.taps[name] = replace(tap, runs=1 + self._turns[_place_of(tap)])
        return self

    def _turn_aliases(self) -> None:
        """Tells of aliases how they lie in what they are, where that comes to be.

        Code that takes a value from other code may have it in another order.
        """
        while self._viewed:
            chain = [next(iter(self._viewed))]
            while (origin := self._viewed[chain[-1]][0]) in self._viewed:
                chain.append(origin)
            for alias in reversed(chain):  # what another one is comes first
                origin, here = self._viewed.pop(alias)
                lies = self.values[alias]
                there = self.values[origin].order
                order = tuple(lies.order[here.index(axis)] for axis in there)
                self.values[alias] = replace(lies, order=order)

    def _walk(
        self,
        program: Program,
        code: Code,
        shape: Shape | None,
        mark: str,
        path: Path,
        place: Path,
        home: Path,
        given: Mapping[str, str],
    ) -> None:
        """One use of some code; `given` says where what it takes comes from.

        Where its `home` is another path, its weights are known already.
        """

        def title(value: str) -> str:
            return ".".join(filter(None, (*path, value)))

        def known_as(value: str) -> str:
            return self._made(given.get(value, title(value)))

        lowered = {id(use): one for use, one in code.lowered}
        orders = _orders(program) if code.aliases else {}
        for item in program.items:
            if isinstance(item, Pass):
                taken = item.inputs[0]
                source = known_as(program.origins.get(taken, taken).name)
                for value in item.outputs.values():
                    self._passed[title(value.name)] = source
        for alias, origin in code.aliases.items():
            source = known_as(origin)
            self._viewed[title(alias)] = source, orders[origin]
            self.aliases[title(alias)] = self._origin(source)
        for item in program.items:
            if isinstance(item, Use):
                here = self.joint.join(self.place(shape, place, item.path))
                owner = ".".join((*path, *item.node.path))
                for slot in lowered[id(item)].slots if home == path else ():
                    found = placed(slot, f"{here}{self.end}", owner)
                    self.slots[found.key] = found
                if item.gives_node:
                    self._values(item, mark, path, home)
            elif isinstance(item, Pass):
                if shape is not None and item.path in shape.inits:
                    for value in item.outputs.values():  # it runs, and does nothing
                        self._next(self.spans.get(mark + value.name))
            elif isinstance(item, Invoke):
                for row, call in turns(item.step, self.parts):
                    part = self.parts.by_body[call.body]
                    used, own = part.shape, part.code
                    assert own is not None and used is not None
                    inner_mark = f"{mark}{loop_mark(item)}{row}{used.mark}"
                    known = inner_mark if self.inline(used) else used.mark
                    formal = [value.name for value in part.body.inputs.values()]
                    feeds = [known_as(value.name) for value in call.inputs]
                    for turn in call.paths():
                        inner = self.place(shape, place, turn)
                        full = (*path, *turn)
                        self._body(part, full)
                        named = dict(zip(formal, feeds, strict=True))
                        lender = turn if call.owner is None else call.owner.path
                        at_home = (*home, *lender)
                        args = (part.program, own, used, known)
                        self._walk(*args, full, inner, at_home, named)
                        if feeds:  # the next turn takes what this one gives
                            gives = next(iter(part.body.outputs.values())).name
                            last = named.get(
                                gives, ".".join(filter(None, (*full, gives)))
                            )
                            feeds[0] = self._made(last)

    def _made(self, value: str) -> str:
        """What comes to be, of a value that layers which are left out may pass on."""
        while value in self._passed:
            value = self._passed[value]
        return value

    def _origin(self, value: str) -> str:
        """What is no alias, of a value that comes to be."""
        while value in self.aliases:
            value = self._made(self.aliases[value])
        return value

    def _body(self, part: Part, path: Path) -> None:
        prefix = ".".join(path)
        for name, found in physical(part.program, inputs=False).items():
            self.values[f"{prefix}.{name}" if name else prefix] = found

    def _values(self, use: Use, mark: str, path: Path, home: Path) -> None:
        prefix = ".".join(path)
        for value in use.node.outputs.values():
            tap = self.spans.get(mark + value.name)
            if tap is None:
                continue
            name = ".".join(filter(None, (prefix, value.name)))
            uses = self._uses.setdefault(".".join((*home, value.name)), [])
            if self.once and uses:
                self.taps[name] = replace(uses[0], again=len(uses))
            else:
                self.taps[name] = replace(tap, turn=self._next(tap, value.name))
            uses.append(self.taps[name])

    def _next(self, tap: Tap | None, value: str = "") -> int:
        """The number of a run of a call.

        Several values can be what one run gives; what is left out gives none.
        """
        if tap is None:
            return 0
        key = _place_of(tap)
        seen = self._seen.get(key)
        if not value or not seen or value in seen:
            self._turns[key] = self._turns.get(key, -1) + 1
            self._seen[key] = set()
        if value:
            self._seen[key].add(value)
        return self._turns[key]


def _orders(program: Program) -> dict[str, Axes]:
    """By name, how each value of the graph lies in this code, where it has it first."""
    return {
        value.name: program.views.get(value) or order
        for value, order in program.orders.items()
        if value not in program.origins
    }


def without_idle(graph: Graph, places: Places) -> Places:
    """The same, without what a framework drops that keeps what outputs follow from."""
    slots, values, taps, aliases = places

    def known() -> dict[str, AnySlot]:
        _, weights = graph.idle()
        return {
            key: slot
            for key, slot in slots.items()
            if not isinstance(slot, Slot)
            or not slot.pieces
            or not weights.issuperset(piece.param for piece in slot.pieces)
        }

    def made(found: Mapping[str, T]) -> dict[str, T]:
        idle, _ = graph.idle()
        return {name: one for name, one in found.items() if name not in idle}

    return Late(known), values, Late(lambda: made(taps)), Late(lambda: made(aliases))


def _place_of(tap: Tap) -> tuple[int, ...]:
    span, part = tap.span, -1 if tap.part is None else tap.part
    return (span.line, span.column, span.end_line, span.end_column, part)
