"""Whose weights a layer uses: what `share` and `tie` name, found among earlier layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from specgraph.definition import show
from specgraph.diagnostics import Problems, closest
from specgraph.ir.graph import UNKNOWN, Call, Group, Item, Loop, Node, Owner, Path, Skip
from specgraph.ir.scope import Frame
from specgraph.spec.evaluate import Unreadable
from specgraph.spec.source import Node as YamlNode


@dataclass(frozen=True, slots=True)
class Target:
    """A layer or a call of a block that was named, and where its weights are."""

    name: str
    item: Node | Call
    owner: Owner
    homes: tuple[Owner, ...]
    """Where the weights are of the body that it stands in, and of those around."""

    @property
    def line(self) -> int:
        """Where it is written."""
        return self.item.at.line


class _Broken(Exception):
    """A name that stands for what has a problem of its own."""


class _Unknown(Exception):
    """A name that leads to no layer with weights."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def text_of(node: YamlNode, word: str, frame: Frame) -> str | None:
    """What a modifier names, as text; None where a problem has been recorded."""
    try:
        value = frame.evaluator.value(node)
    except Unreadable:
        return None
    if isinstance(value, str) and all(value.split(".")):
        return value
    message = f"`{word}` names an earlier layer, got {show(value)}"
    hint = "write its name, or a path into a block: `encoder.0.dense`"
    frame.evaluator.problems.add("wrong-type", message, node, hint)
    return None


def find(text: str, at: YamlNode, frame: Frame, problems: Problems) -> Target | None:
    """The layer at a path that can be named here; else records why there is none."""
    name, *rest = text.split(".")
    try:
        item, up = _first(name, frame)
        return _descend(text, item, up, rest)
    except _Broken:
        return None
    except _Unknown as error:
        problems.add("bad-reference", error.message, at, error.hint)
        return None


def located(owner: Owner | None, path: Path, homes: Sequence[Owner]) -> Owner:
    """Where the weights of a layer are, seen from where it was named."""
    if owner is None:
        return replace(homes[-1], path=(*homes[-1].path, *path))
    if owner.up < len(homes):
        home = homes[-1 - owner.up]
        return replace(home, path=(*home.path, *owner.path))
    return Owner(owner.path, homes[0].up + owner.up - len(homes) + 1)


def _first(name: str, frame: Frame) -> tuple[Item, int]:
    """The layer of a name in the nearest scope, and how many bodies out that is."""
    here: Frame | None = frame
    up = 0
    known: list[str] = []
    while here is not None:
        if name in here.scope.made:
            return here.scope.made[name], up
        if here.current is not None and here.scope.layers.get(id(here.current)) == name:
            raise _Unknown(f"`{name}` cannot have its own weights", _EARLIER)
        if name in here.names:
            if here.names[name].first is UNKNOWN:
                raise _Broken
            raise _Unknown(f"`{name}` has no weights here", _why(name, here))
        if name in here.scope.layers.values():
            raise _Unknown(f"`{name}` comes later", _EARLIER)
        known += here.scope.made
        up += here.door is not None
        here = here.parent
    near = closest(name, known)
    hint = f"did you mean `{near}`?" if near else ""
    hint = hint or f"earlier layers here: {', '.join(known[:12]) or 'none'}"
    raise _Unknown(f"no earlier layer `{name}` is in sight", hint)


_EARLIER = "`share` and `tie` name earlier layers"


def _why(name: str, frame: Frame) -> str:
    if name in frame.scope.layers.values():
        return "its `when` leaves it out, or it is branches without a merge"
    return "it is an input"


def _descend(text: str, item: Item, up: int, rest: list[str]) -> Target:
    """Follows a path into groups, loops and blocks."""
    homes = [Owner((), up)]
    while True:
        if isinstance(item, Skip):
            raise _Unknown(f"`{text}` has no weights here", "its `when` leaves it out")
        if isinstance(item, Node):
            return _node(text, item, homes, rest)
        if isinstance(item, Group):
            path = (*item.path, _next(text, item, rest))
            item = _inside(text, item.items, path)
            continue
        path = item.path
        if isinstance(item, Loop):
            path = (*item.path, _next(text, item, rest))
            item = _turn(text, item, path)
        owner = located(item.owner, path, homes)
        if item.body.block is not None and not rest:
            return Target(text, item, owner, tuple(homes))
        homes.append(owner)
        alone = item.body.items[0] if item.body.items else None
        if item.body.block is None and alone is not None and not alone.path:
            item = alone
            continue
        item = _inside(text, item.body.items, (_next(text, item, rest),))


def _node(text: str, node: Node, homes: list[Owner], rest: list[str]) -> Target:
    if rest:
        whole = text[: -len(".".join(("", *rest)))]
        raise _Unknown(f"`{whole}` is one layer: it has no `{rest[0]}` in it")
    owner = located(node.owner, node.path, homes)
    return Target(text, node, owner, tuple(homes))


def _next(text: str, item: Group | Loop | Call, rest: list[str]) -> str:
    """The next part of a path."""
    if rest:
        return rest.pop(0)
    words = {Group: "a group", Loop: "a loop", Call: "a turn of a loop"}
    first = "0" if isinstance(item, Loop) else "dense"
    hint = f"name a layer in it by its path: `{text}.{first}`"
    raise _Unknown(f"`{text}` is {words[type(item)]}, not one layer", hint)


def _turn(text: str, loop: Loop, path: Path) -> Call:
    """The call that is some turn of a loop."""
    number = int(path[-1]) if path[-1].isdecimal() and len(path[-1]) < 9 else -1
    for call in loop.calls:
        first = int(call.path[-1])
        if first <= number < first + call.times:
            return call
    turns = sum(call.times for call in loop.calls)
    message = f"`{text}` names no turn of `{'.'.join(loop.path)}`"
    raise _Unknown(message, f"its turns are 0 to {turns - 1}")


def _inside(text: str, items: Sequence[Item], path: Path) -> Item:
    for item in items:
        if item.path == path:
            return item
    known = [item.path[-1] for item in items if item.path]
    near = closest(path[-1], known)
    hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(known[:12])}"
    raise _Unknown(f"`{text}` leads to no layer: there is no `{path[-1]}`", hint)
