"""One table a backend: how each op becomes a layer, a rewrite, or a stated gap.

A table is looked up by exact type.  A derived backend has a parent table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Generic, Literal, TypeVar

from specgraph.lower.pycode import Expr, Name, Stmt
from specgraph.lower.slots import AnySlot
from specgraph.ops.base import OPS, Bound, Op, Order, Param, Sample, TensorType

Axes = tuple[int, ...]
"""A physical order: the spec's axes, the batch counted, as the framework has them."""


OPS_PACKAGE = "specgraph.ops"
"""Where our ops are defined, one file a family."""
WITH_OPS = {"specgraph.lower.padding": "pad"}
"""Modules whose ops come of rewrites alone, and the file that has their rules."""


class Gap(Exception):
    """What a rule raises where its backend cannot build a use of an op, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Init:
    """One framework tensor of a layer and the weight whose initializer fills it."""

    tensor: str
    param: str
    native: bool = False
    """Whether the layer's own default is the initializer already."""


@dataclass(slots=True)
class Lowered:
    """What a rule gives for one node.

    `init` are layers by the suffix of their name ("" is the node's own), `body` the
    statements before the outputs can be written, `outputs` an expression each.
    """

    outputs: dict[str, Expr]
    init: dict[str, Expr] = field(default_factory=dict)
    body: list[Stmt] = field(default_factory=list)
    slots: tuple[AnySlot, ...] = ()
    inits: tuple[Init, ...] = ()
    """How the layer's tensors start, where that is not the framework's own default."""
    ties: list[Stmt] = field(default_factory=list)
    """Statements that make tensors of the layer those of others, once all have started."""
    inner: dict[str, str] = field(default_factory=dict)
    """The classes of layers that a helper holds, by the name before a tensor's dot."""


@dataclass(slots=True)
class At:
    """Where a rule stands: one node of one file, its inputs as expressions."""

    op: Op
    name: str
    """The node's path, joined as the backend joins it."""
    inputs: Bound[Expr]
    types: Bound[TensorType]
    orders: Bound[Axes]
    params: tuple[Param, ...]
    trainable: bool
    result: Callable[[str], Name]
    """The variable of an output by its name."""
    layer: Callable[[str], Expr]
    """The layer of a suffix, as an expression."""
    helper: Callable[[str], Expr]
    """A helper of the backend by name; the file then carries it."""
    tagged: Callable[[Expr, str, int | None], Expr]
    """A call of the body whose result (or item of it) is an output, by its name."""
    batch: Expr
    """A value whose first axis is the batch."""
    used: frozenset[str]
    """The outputs, by name, that something takes."""
    flattened: tuple[tuple[int, ...], Axes] | None = None
    """For a dense that absorbs a flatten: the sizes before it and their order."""

    @property
    def input(self) -> Expr:
        """The first input."""
        return self.inputs.first

    @property
    def type(self) -> TensorType:
        """The first input's type."""
        return self.types.first

    def physical_axis(self, axis: int) -> int:
        """Where the framework has an axis of the first input; -1 for the last."""
        order = self.orders.first
        found = order.index(self.type.axis(axis))
        return -1 if found == len(order) - 1 else found

    def param(self, name: str) -> Param | None:
        """The weight of this name, if the node has it."""
        return next((p for p in self.params if p.name == name), None)


def room_of(cls: type[Op]) -> str | None:
    """The file that has the rules of an op, in each backend of ours; None for others."""
    home, _, room = cls.__module__.rpartition(".")
    return room if home == OPS_PACKAGE else cls.rules_in


Rule = Callable[..., Lowered]
Rewrite = Callable[..., "list[Step] | None"]


@dataclass(frozen=True, slots=True)
class Step:
    """One op of a rewrite's chain; the last takes the node's name and weights."""

    op: Op
    suffix: str = ""


R = TypeVar("R", bound=Rule)
W = TypeVar("W", bound=Rewrite)
O = TypeVar("O", bound=Op)  # noqa: E741


Placement = Order | Literal["any"]
"""`any`: the rule takes an input in whatever order it has, and gives the spec's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule and how its op stands to the order of axes in this backend."""

    rule: Rule
    order: Placement


class Rules(Generic[O]):
    """The rules of one backend.

    A `package` has the rules of our ops in files that are called as those of the ops;
    one is imported when a rule of its ops is first asked for.
    """

    def __init__(
        self, name: str, parent: Rules[Op] | None = None, package: str | None = None
    ) -> None:
        self.name = name
        self.parent = parent
        self.package = package
        self._loaded: set[str] = set()
        self._entries: dict[type[Op], Entry] = {}
        self._rewrites: dict[type[Op], Rewrite] = {}
        self._gaps: dict[type[Op], str] = {}
        self._refused: dict[type[Op], list[Sample]] = {}

    def lower(
        self, *classes: type[Op], order: Placement | None = None
    ) -> Callable[[R], R]:
        """Registers a rule `(op, at) -> Lowered`; `order` where it is not the op's."""

        def register(rule: R) -> R:
            for cls in classes:
                if cls in self._entries:
                    raise TypeError(f"{self.name}: two rules for {cls.label}")
                self._entries[cls] = Entry(rule, order or cls.order)
            return rule

        return register

    def rewrite(self, *classes: type[Op]) -> Callable[[W], W]:
        """Registers a rewrite `(op, types) -> [Step, …] | None` that runs before rules."""

        def register(rewrite: W) -> W:
            for cls in classes:
                if cls in self._rewrites:
                    raise TypeError(f"{self.name}: two rewrites for {cls.label}")
                self._rewrites[cls] = rewrite
            return rewrite

        return register

    def gap(self, cls: type[Op], reason: str) -> None:
        """States that this backend has no rule for an op, and why."""
        self._gaps[cls] = reason

    def refuses(self, cls: type[Op], use: Sample) -> None:
        """States a use of an op, which has a rule, that the rule meets with a `Gap`."""
        self._refused.setdefault(cls, []).append(use)

    def refused(self, cls: type[Op]) -> tuple[Sample, ...]:
        """The uses of an op, by example, that its rule cannot build."""
        self._load(cls)
        if self.parent is not None and cls not in self._entries:
            return self.parent.refused(cls)
        return tuple(self._refused.get(cls, ()))

    def find(self, cls: type[Op]) -> Entry | None:
        """The rule of an op, the parent's where this table has none."""
        self._load(cls)
        found = self._entries.get(cls)
        if found is None and self.parent is not None and cls not in self._gaps:
            return self.parent.find(cls)
        return found

    def find_rewrite(self, cls: type[Op]) -> Rewrite | None:
        """The rewrite of an op, if there is one."""
        self._load(cls)
        found = self._rewrites.get(cls)
        if found is None and self.parent is not None:
            return self.parent.find_rewrite(cls)
        return found

    def reason(self, cls: type[Op]) -> str | None:
        """Why there is no rule, where that was stated."""
        self._load(cls)
        found = self._gaps.get(cls)
        if found is None and self.parent is not None and cls not in self._entries:
            return self.parent.reason(cls)
        return found

    def _load(self, cls: type[Op]) -> None:
        """Imports the rules of an op of ours."""
        room = room_of(cls)
        if self.package is None or room is None or room in self._loaded:
            return
        self._loaded.add(room)
        name = f"{self.package}.{room}"
        if find_spec(name) is not None:
            import_module(name)

    def __iter__(self) -> Iterator[type[Op]]:
        for op in OPS:
            self._load(op)
        seen = dict.fromkeys(self._entries)
        if self.parent is not None:
            seen |= dict.fromkeys(c for c in self.parent if c not in self._gaps)
        return iter(seen)


def elementwise(
    table: Rules[Op], functions: Mapping[type[Op], Callable[[Expr], Expr]]
) -> None:
    """Registers ops that are one function of one value."""
    for cls, function in functions.items():
        table.lower(cls)(_unary(function))


def _unary(function: Callable[[Expr], Expr]) -> Rule:
    def rule(op: Op, at: At) -> Lowered:
        return Lowered({"output": function(at.input)})

    return rule
