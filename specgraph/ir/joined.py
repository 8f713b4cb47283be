"""Layers whose paths are one name once Keras joins them by `_`.

No path is written out: what a body adds to the path of a call is looked at once,
however often the body is used.  Two paths are one name if the words between their `_`
are the same, so the search follows two ways through the bodies at a time, one of which
is `ahead` of the other by some words.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from specgraph.diagnostics import Placed, Problems
from specgraph.ir.graph import Body, Call, Chain, Graph, Group, Item, Loop, Node, Path
from specgraph.ir.unused import place

Words = tuple[str, ...]


@dataclass(slots=True, eq=False)
class _Names:
    """What can follow at some point of a path."""

    ways: list[_Way] = field(default_factory=list)
    turns: Loop | None = None
    """For a loop: the number of a turn follows, then what its body adds."""
    _by_word: dict[str, list[_Way]] = field(default_factory=dict)

    def starting(self, word: str) -> Sequence[_Way]:
        """The ways whose first word it is; the empty one is that of no words."""
        if not self._by_word:
            for way in self.ways:
                first = way.words[0] if way.words else ""
                self._by_word.setdefault(first, []).append(way)
        return self._by_word.get(word, ())


@dataclass(slots=True, eq=False)
class _Way:
    """Some words of a path, and what follows; nothing does after those of a node."""

    words: Words
    path: Path
    follows: _Names | Body | None
    at: Placed
    use: Chain = ()


@dataclass(frozen=True, slots=True)
class _Spot:
    """A point of a path, how it was reached, and where its last layer stands."""

    follows: _Names | Body | None
    path: Path
    at: Placed
    chain: Chain = ()

    def along(self, way: _Way) -> _Spot:
        return _Spot(
            way.follows, (*self.path, *way.path), way.at, (*self.chain, *way.use)
        )


def record_joined(graph: Graph, problems: Problems) -> None:
    """Records layers and inputs whose paths become one name."""
    _Search(problems).all(graph)


class _Search:
    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.names: dict[Body, _Names] = {}
        self.waiting: list[Body] = []
        self.seen: set[tuple[int, int, Words]] = set()

    def all(self, graph: Graph) -> None:
        """Looks at the model and at every body in it."""
        top = _Names()
        for name, entry in graph.inputs.items():
            top.ways.append(_Way(_words((name,)), (name,), None, entry.at))
        self._fill(top, graph.items)
        self._start(top)
        while self.waiting:
            self._start(self._of(self.waiting.pop()))

    def _of(self, body: Body) -> _Names:
        found = self.names.get(body)
        if found is None:
            found = self.names[body] = _Names()
            self._fill(found, body.items)
            self.waiting.append(body)
        return found

    def _fill(self, names: _Names, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Node):
                at = place(item)
                names.ways.append(_Way(_words(item.path), item.path, None, at))
            elif isinstance(item, Call):
                names.ways.append(_call(item, item.path))
                self._of(item.body)
            elif isinstance(item, Loop):
                inner = _Names(turns=item)
                at = item.written.at
                names.ways.append(_Way(_words(item.path), item.path, inner, at))
                for call in item.calls:
                    self._of(call.body)
            elif isinstance(item, Group):
                self._fill(names, item.items)

    def _start(self, names: _Names) -> None:
        """Follows every two ways of which one has the first words of the other."""
        known: dict[Words, list[_Way]] = {}
        for way in names.ways:
            known.setdefault(way.words, []).append(way)
        for way in names.ways:
            one = _Spot(way.follows, way.path, way.at, way.use)
            for size in range(1, len(way.words) + 1):
                for other in known.get(way.words[:size], ()):
                    if other is way:
                        break  # those of the same words that come later look back
                    two = _Spot(other.follows, other.path, other.at, other.use)
                    self._follow(two, one, way.words[size:])

    def _follow(self, behind: _Spot, ahead: _Spot, words: Words) -> None:
        """Looks for a way from `behind` that says `words`, then what `ahead` does."""
        stack = [(behind, ahead, words)]
        while stack:
            behind, ahead, words = stack.pop()
            key = (id(behind.follows), id(ahead.follows), words)
            if not words and behind.follows is ahead.follows:
                self._record(behind, ahead)
            elif key not in self.seen:
                self.seen.add(key)
                stack.extend(self._steps(behind, ahead, words))

    def _steps(
        self, behind: _Spot, ahead: _Spot, words: Words
    ) -> Iterator[tuple[_Spot, _Spot, Words]]:
        names = self._following(behind)
        if names is None:
            if not words and ahead.follows is not None:
                yield from self._ends(ahead, behind)
        elif names.turns is not None:
            yield from self._turns(names.turns, behind, ahead, words)
        else:
            ways = names.starting(words[0]) if words else names.ways
            for way in ways:
                size = min(len(words), len(way.words))
                if words[:size] != way.words[:size]:
                    continue
                if len(way.words) > len(words):
                    yield ahead, behind.along(way), way.words[size:]
                elif words or way.follows is not behind.follows:
                    yield behind.along(way), ahead, words[size:]

    def _ends(self, spot: _Spot, done: _Spot) -> Iterator[tuple[_Spot, _Spot, Words]]:
        """The way that adds no words, as the one layer of a turn does."""
        names = self._following(spot)
        for way in names.starting("") if names is not None else ():
            if not way.words:
                yield spot.along(way), done, ()

    def _turns(
        self, loop: Loop, behind: _Spot, ahead: _Spot, words: Words
    ) -> Iterator[tuple[_Spot, _Spot, Words]]:
        if words:
            call = _turn(loop, words[0])
            if call is not None:
                yield behind.along(_call(call, words[:1])), ahead, words[1:]
            return
        names = self._following(ahead)
        if names is not None and names.turns is None:
            for way in names.ways:
                if way.words:
                    yield behind, ahead.along(way), way.words
        elif names is not None and names.turns is not None:
            calls = (*loop.calls, *names.turns.calls)
            for number in sorted({int(call.path[-1]) for call in calls}, reverse=True):
                word = str(number)
                call = _turn(loop, word)
                if call is not None:
                    yield ahead, behind.along(_call(call, (word,))), (word,)

    def _following(self, spot: _Spot) -> _Names | None:
        follows = spot.follows
        return self._of(follows) if isinstance(follows, Body) else follows

    def _record(self, one: _Spot, two: _Spot) -> None:
        """Records two ways that said the same words."""
        first, second = self._first(one), self._first(two)
        if first is None or second is None:
            return
        if _order(second) < _order(first):
            first, second = second, first
        joined = "_".join(second.path)
        message = (
            f"`{'.'.join(second.path)}` and `{'.'.join(first.path)}` are both "
            f"`{joined}` in Keras"
        )
        hint = f"rename one; the other is on line {first.at.at.line}"
        self.problems.add("duplicate-name", message, second.at, hint, second.chain)

    def _first(self, spot: _Spot) -> _Spot | None:
        """The first layer that can be reached from a point; None if there is none."""
        names = self._following(spot)
        if names is None:
            return spot
        if names.turns is not None:
            call = names.turns.calls[0]
            return self._first(spot.along(_call(call, (call.path[-1],))))
        for way in names.ways:
            found = self._first(spot.along(way))
            if found is not None:
                return found
        return None


def _call(call: Call, path: Path) -> _Way:
    block = call.body.block
    use: Chain = ((block.name, call.at),) if block is not None else ()
    return _Way(_words(path), path, call.body, call.written.at, use)


def _words(path: Path) -> Words:
    """The words between the `_` of a path joined by `_`."""
    return tuple("_".join(path).split("_")) if path else ()


def _turn(loop: Loop, number: str) -> Call | None:
    """The call that a turn of a loop is, told by its number as paths have it."""
    if not number.isdecimal() or str(int(number)) != number:
        return None
    index = bisect_right(loop.calls, int(number), key=lambda call: int(call.path[-1]))
    call = loop.calls[index - 1]
    return call if int(number) - int(call.path[-1]) < call.times else None


def _order(spot: _Spot) -> tuple[str, int, int]:
    return spot.at.at.file, spot.at.at.line, spot.at.at.column
