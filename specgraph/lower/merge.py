"""One piece of code for several instances of a body: what differs becomes a name.

A number that carries a formula is printed as that formula where it gives every
instance's number; one that differs without a formula becomes an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from keyword import iskeyword
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

from specgraph.lower.pycode import (
    BinOp,
    Call,
    Const,
    Expr,
    Name,
    Subscript,
    Tagged,
    Tuple,
    UnaryOp,
)
from specgraph.traced import (
    Formula,
    Named,
    Operation,
    Traced,
    evaluate,
    names,
    plain,
)

Environment: TypeAlias = Mapping[str, object]
"""By name, the numbers (and words) that an instance was made with."""
DEFAULTS: dict[str, object] = {
    "bias": True,
    "dilation": 1,
    "dilation_rate": 1,
    "groups": 1,
    "padding": 0,
    "stride": 1,
    "strides": 1,
    "use_bias": True,
}
"""Arguments that rules leave out where they are this."""

T = TypeVar("T")


class NotUniform(Exception):
    """Instances whose code differs in more than numbers."""


@dataclass(slots=True)
class Merge:
    """Merges the code of instances; `environments` are theirs, in the same order."""

    environments: Sequence[Environment]
    defaults: Mapping[str, object] = field(default_factory=lambda: DEFAULTS)
    holes: dict[str, tuple[object, ...]] = field(default_factory=dict)
    """Arguments that the code needs besides the names it has, each instance's value."""
    taken: set[str] = field(default_factory=set)
    used: dict[str, None] = field(default_factory=dict)
    """The names that the merged code reads."""
    wrap: Callable[[str], Expr] = Name
    """How the code says a name."""
    mark: str = ""
    """What the tags of the merged code begin with."""
    marks: frozenset[str] = frozenset()
    """What those of the instances begin with; others are of bodies written in place."""
    what: str = "value"
    """What a new argument is named after."""

    def code(self, nodes: Sequence[T], what: str | None = None) -> T:
        """One node for the same node of every instance; raises NotUniform."""
        if what is not None:
            self.what = what
        return self._node(list(nodes), self.what)  # type: ignore[no-any-return]

    def only(
        self, nodes: Sequence[T], there: Sequence[bool], wanted: bool, what: str = ""
    ) -> T:
        """One node for the instances of which something holds; raises NotUniform."""
        some = Merge(
            [
                e
                for e, is_ in zip(self.environments, there, strict=True)
                if is_ is wanted
            ],
            self.defaults,
            taken=self.taken,
            wrap=self.wrap,
            mark=self.mark,
            marks=self.marks,
        )
        chosen = [n for n, is_ in zip(nodes, there, strict=True) if is_ is wanted]
        found = some.code(chosen, what or self.what)
        if some.holes:
            raise NotUniform("an argument of a layer that is not always there")
        self.used |= some.used
        return found

    def _node(self, nodes: list[Any], what: str) -> Any:
        kinds = set(map(type, nodes))
        if Tagged in kinds:  # what an instance lacks is not tagged there
            tags = [node.tag for node in nodes if isinstance(node, Tagged)]
            bare = [n.expr if isinstance(n, Tagged) else n for n in nodes]
            return Tagged(self._node(bare, what), self._tag(tags[0]))
        first = nodes[0]
        kind: Any = type(first)
        if Tuple in kinds:
            values = [listed(node) for node in nodes]
            if None not in values:
                return self._sizes(nodes, values, what)
        if len(kinds) > 1:
            raise NotUniform(f"{first} and {nodes[-1]}")
        if isinstance(first, Const):
            return self._constant([node.value for node in nodes], what)
        if isinstance(first, Call):
            return self._call(nodes, what)
        if field_names(kind) is not None:
            return self._dataclass(nodes, what)
        if isinstance(first, list | tuple):
            if len(set(map(len, nodes))) > 1:
                raise NotUniform("lists of other lengths")
            merged = [self._node(list(each), what) for each in zip(*nodes, strict=True)]
            return type(first)(merged)
        if any(node != first for node in nodes):
            raise NotUniform(f"{first} and others")
        return first

    def _tag(self, tag: Any) -> Any:
        """The tag of the same value in the merged code."""
        owner, slash, name = tag.value.partition("/")
        if owner + slash not in self.marks:
            return tag
        return replace(tag, value=self.mark + name)

    def _dataclass(self, nodes: list[Any], what: str) -> Any:
        kind: Any = type(nodes[0])
        values: dict[str, Any] = {}
        for name in field_names(kind) or ():
            each = list(map(attrgetter(name), nodes))
            if name == "tag":
                values[name] = each[0]
            elif name == "comment":
                values[name] = each[0] if len(set(each)) == 1 else ""
            else:
                values[name] = self._node(each, what)
        return kind(**values)

    def _call(self, nodes: list[Call], what: str) -> Call:
        function = self._node([node.func for node in nodes], what)
        args = self._node([node.args for node in nodes], what)
        order: list[str | None] = []
        for node in nodes:
            order += [key for key, _ in node.kwargs if key not in order]
        merged: list[tuple[str | None, Expr]] = []
        written = [dict(node.kwargs) for node in nodes]
        for key in order:
            each = [kwargs.get(key) for kwargs in written]
            if None in each:
                if key is None or key not in self.defaults:
                    raise NotUniform(f"argument {key}")
                default = Const(self.defaults[key])  # type: ignore[arg-type]
                each = [default if one is None else one for one in each]
            merged.append((key, self._node(each, f"{what}_{key}")))
        return Call(function, args, merged)

    def _constant(self, values: list[Any], what: str) -> Expr:
        for value in values:
            if isinstance(value, Traced) and self._gives(value.formula, values):
                self.used |= dict.fromkeys(names(value.formula))
                return self._said(value.formula)
        first = bare(values[0])
        if all(type(bare(v)) is type(first) and bare(v) == first for v in values):
            return Const(first)
        for name in self.environments[0]:
            if self._gives(Named(name), values):
                self.used[name] = None
                return self.wrap(name)
        if not all(isinstance(value, bool | int | float) for value in values):
            raise NotUniform(f"{values[0]} and {values[-1]}")
        return self.wrap(self._hole(what, tuple(bare(value) for value in values)))

    def _sizes(self, nodes: list[Any], values: list[Any], what: str) -> Expr:
        """Lists of numbers, or such a list here and one number for all there."""
        read = [name for node in nodes for name in read_in(node)]
        bares = [bare(value) for value in values]
        alike = all(is_same(value, bares[0]) for value in bares)
        for name in [*read, *(() if alike else self.environments[0])]:
            if self._gives(Named(name), bares):
                self.used[name] = None
                return self.wrap(name)
        holes, used = dict(self.holes), dict(self.used)
        if all(isinstance(n, Tuple) and len(n.items) == len(bares[0]) for n in nodes):
            found = Tuple(self._node([node.items for node in nodes], what))
            if len(self.holes) < len(holes) + 2:
                return found
        self.holes, self.used = holes, used  # two that differ are one list that does
        return self.wrap(self._hole(what, tuple(bares)))

    def _gives(self, formula: Formula, values: Sequence[object]) -> bool:
        """Whether a formula gives each instance's value: the proof of what is printed."""
        for environment, value in zip(self.environments, values, strict=True):
            try:
                found = evaluate(formula, environment)
            except (KeyError, ArithmeticError, TypeError):
                return False
            if not is_same(found, bare(value)):
                return False
        return True

    def _said(self, formula: Formula) -> Expr:
        said = expression(formula)

        def change(part: Any) -> Any:
            return self.wrap(part.id) if isinstance(part, Name) else part

        return rebuilt(said, change)

    def _hole(self, what: str, values: tuple[object, ...]) -> str:
        if not what or iskeyword(what):  # a lone layer of a turn has no name
            what = "value"
        for name, known in self.holes.items():
            if known == values and name.startswith(what):
                return name
        name, number = what, 2
        while name in self.taken or name in self.holes:
            name, number = f"{what}_{number}", number + 1
        self.holes[name] = values
        self.used[name] = None
        return name


def bare(value: Any) -> Any:
    """A constant's value, or those in a list, without its formula."""
    if isinstance(value, list | tuple):
        return tuple(bare(item) for item in value)
    return plain(value) if isinstance(value, Traced) else value


def is_same(one: object, other: object) -> bool:
    """Whether values are equal, as code writes them: true is not one."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def listed(node: Any) -> Any:
    """The value of a constant or of a tuple of such; None of other code."""
    if isinstance(node, Const):
        return node.value
    if not isinstance(node, Tuple):
        return None
    found = tuple(listed(item) for item in node.items)
    return None if None in found else found


def expression(formula: Formula) -> Expr:
    """A formula as code."""
    if isinstance(formula, Named):
        return Name(formula.name)
    if isinstance(formula, Operation):
        if formula.sign == "neg":
            return UnaryOp("-", expression(formula.operands[0]))
        left, right = formula.operands
        if formula.sign == "[]":
            return Subscript(expression(left), expression(right))
        return BinOp(expression(left), formula.sign, expression(right))
    if formula < 0:
        return UnaryOp("-", Const(-formula))
    return Const(formula)


def rebuilt(node: T, change: Callable[[Any], Any]) -> T:
    """Code with every part replaced by what `change` makes of it, from the inside."""
    found: Any = node
    if isinstance(node, list | tuple):
        return type(node)(rebuilt(item, change) for item in node)
    cls: Any = type(node)
    names = field_names(cls)
    if names is not None and cls.__module__ == Const.__module__:
        values = {
            name: getattr(node, name)
            if name == "tag"
            else rebuilt(getattr(node, name), change)
            for name in names
        }
        found = cls(**values)
    return change(found)  # type: ignore[no-any-return]


@cache
def field_names(cls: type) -> tuple[str, ...] | None:
    """What a dataclass is made of; None of any other class."""
    if not is_dataclass(cls):
        return None
    return tuple(entry.name for entry in fields(cls) if entry.init)


def under(node: T, mark: str) -> T:
    """Code that is written into another: its values are known by that one's mark too."""

    def change(part: Any) -> Any:
        if isinstance(part, Tagged):
            tag: Any = part.tag
            return replace(part, tag=replace(tag, value=mark + tag.value))
        return part

    return rebuilt(node, change)


def put(node: T, given: Mapping[str, Expr]) -> T:
    """Code with expressions in the place of names."""

    def change(part: Any) -> Any:
        return given.get(part.id, part) if isinstance(part, Name) else part

    return rebuilt(node, change)


def read_in(code: Any) -> list[str]:
    """The names in some code, those in formulas too."""
    found: list[str] = []

    def note(part: Any) -> Any:
        if isinstance(part, Name):
            found.append(part.id)
        if isinstance(part, Const) and isinstance(part.value, Traced):
            found.extend(names(part.value.formula))
        return part

    rebuilt(code, note)
    return found
