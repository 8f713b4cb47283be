"""The bodies of a model as code: each block's instances, and one code for all of them.

An instance is a body under some arguments.  Instances whose code differs in numbers
alone share a `Shape`: a class in torch, a function in Keras, whose parameters say what
differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any

from specgraph.ir.graph import Body, Call, Graph, Input, Loop, Path, Value, steps
from specgraph.lower.emit import Body as Code
from specgraph.lower.layout import Native, arrange
from specgraph.lower.merge import Environment, NotUniform, bare
from specgraph.lower.program import Pass, Program, apart, legalize
from specgraph.lower.pycode import Assign, Expr, Stmt
from specgraph.lower.rules import Rules
from specgraph.lower.variables import key_of, names_by_item
from specgraph.ops.base import Op
from specgraph.spec.schema import Block, Layer
from specgraph.traced import Named, TracedInt

Key = Block | Layer
"""What the instances of one code have in common: the block, or the loop they turn in."""


@dataclass(slots=True, eq=False)
class Part:
    """One instance of a body: what it computes, and the numbers it was made with."""

    key: Key
    mark: str
    """What the tags of its code begin with."""
    body: Body
    program: Program
    environment: Environment
    outer: Part | None = None
    """For a turn of a loop, the body around it."""
    code: Code | None = None
    shape: Shape | None = None
    index: int = 0
    """Its place among the instances of its shape."""
    apart: bool = False
    """Whether it is a turn that stands by itself somewhere, outside of its loop."""


@dataclass(slots=True)
class Started:
    """How one layer's weights start: in each instance, and the statements for all."""

    starts: list[Any]
    lines: list[Stmt]
    when: Expr | None
    """The condition without which there is no layer."""


@dataclass(slots=True, eq=False)
class Shape:
    """The code of instances that differ in numbers alone."""

    name: str
    members: list[Part]
    params: list[str] = field(default_factory=list)
    """The names of what it must be given, in order."""
    defaults: dict[str, object] = field(default_factory=dict)
    holes: dict[str, tuple[object, ...]] = field(default_factory=dict)
    inits: dict[Path, tuple[Expr, Expr | None]] = field(default_factory=dict)
    """Layers by path; with one, the condition without which there is none."""
    flags: dict[Path, Expr] = field(default_factory=dict)
    """Conditions of layers that are no modules."""
    idle: dict[Path, list[bool]] = field(default_factory=dict)
    """Loops that have no turns in some members, and which have some."""
    started: list[Started] = field(default_factory=list)
    ends: list[Stmt] = field(default_factory=list)
    """What follows the layers where they are made."""
    statements: list[Stmt] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    """Parameters that the statements read."""

    @property
    def first(self) -> Part:
        """The instance that the others were compared with."""
        return self.members[0]

    @property
    def mark(self) -> str:
        """What the tags of its code begin with."""
        return self.first.mark


def as_it_is(program: Program) -> Program:
    """The program itself."""
    return program


class Parts:
    """All instances of all bodies of a graph, those that are used before their users."""

    def __init__(
        self,
        graph: Graph,
        rules: Rules[Op],
        reserved: frozenset[str],
        native: Native,
        settled: Callable[[Program], Program] = as_it_is,
    ) -> None:
        """`settled` is what a backend makes of each body's program."""
        self.settled = settled
        self.graph = graph
        self.rules = rules
        self.native = native
        self.by_body: dict[Body, Part] = {}
        self.keys: dict[Key, list[Part]] = {}
        self.order: list[Key] = []
        self.codes: dict[Key, int] = {}
        """How many classes or functions each key came to."""
        self._collect(graph.items, None)
        self._mark_apart()
        self._sort()
        self.taken = set(reserved)
        """Names that no new argument may have."""
        for part in self.by_body.values():
            self.taken |= {part.program.graph.name, *part.program.inputs}
            self.taken |= part.environment.keys()

    def _collect(self, items: Sequence[object], outer: Part | None) -> None:
        for step in steps(items):  # type: ignore[arg-type]
            for call in calls_of(step):
                if call.body in self.by_body:
                    continue
                body = call.body
                environment = self._environment(
                    body, outer.environment if outer else {}
                )
                key: Key = body.block or call.written
                part = Part(
                    key,
                    f"{len(self.by_body)}/",
                    body,
                    self._program(body, call),
                    environment,
                )
                part.outer = outer
                self.by_body[body] = part
                self.keys.setdefault(key, []).append(part)
                self._collect(body.items, part)

    def _mark_apart(self) -> None:
        """Marks the turns that stand by themselves somewhere, outside of any loop."""
        runs = [(self.graph.items, self.graph.outputs)]
        runs += [(body.items, body.outputs) for body in self.by_body]
        for items, outputs in runs:
            for step in apart(list(steps(items)), outputs.values()):
                if isinstance(step, Call):
                    self.by_body[step.body].apart = True

    def _environment(self, body: Body, outer: Environment) -> Environment:
        """The numbers that the code of a body may name."""
        known: dict[str, object] = {}
        if body.block is None:
            known |= outer
        else:
            names = body.block.names.items()
            known |= {n: v for n, v in names if is_word(v) and not _is_list(v)}
        known |= {n: bare(v) for n, v in body.arguments.items() if is_word(v)}
        for value in body.inputs.values():
            label = label_of(value)
            if label:
                known[label] = int(value.type.channels)  # type: ignore[arg-type]
        return known

    def _program(self, body: Body, call: Call) -> Program:
        at = call.written.at
        own = "x"
        while own in body.inputs:
            own += "_"
        inputs = {
            own if name == "input" else name: Input(value, None, at)
            for name, value in body.inputs.items()
        }
        graph = replace(
            self.graph,
            name=body.block.name if body.block is not None else call.path[-2],
            inputs=inputs,
            items=body.items,
            outputs=body.outputs,
            training=None,
            logits={},
            bounds={},
        )
        uses = legalize(graph, self.rules, steps(body.items))
        return self.settled(arrange(graph, uses, self.native))

    def _sort(self) -> None:
        """Settles an order in which every body comes after those it uses."""
        done: set[Key] = set()

        def place(key: Key) -> None:
            if key in done:
                return
            done.add(key)
            for part in self.keys[key]:
                for step in steps(part.body.items):
                    for call in calls_of(step):
                        place(self.by_body[call.body].key)
            self.order.append(key)

        for key in self.keys:
            place(key)

    def shapes(
        self,
        lower: Callable[[Part, Mapping[Path, Sequence[str]] | None], Code],
        unite: Callable[[Shape], None],
        taken: set[str],
        named: Callable[[str], str],
    ) -> Iterator[Shape]:
        """The code of every body, each after those that it uses.

        `named` is the style of its name, which is none of those `taken`.
        """
        for key in self.order:
            groups = list(self._alike(self.keys[key], lower, unite))
            self.codes[key] = len(groups)
            for members in groups:
                title = _title(members, groups, lambda one: named(one) not in taken)
                taken.add(named(title))
                shape = Shape(named(title), members)
                for index, part in enumerate(members):
                    part.shape, part.index = shape, index
                unite(shape)
                yield shape

    def _alike(
        self,
        parts: list[Part],
        lower: Callable[[Part, Mapping[Path, Sequence[str]] | None], Code],
        unite: Callable[[Shape], None],
    ) -> Iterator[list[Part]]:
        """The instances, in groups that can share their code."""
        rest = sorted(parts, key=_weight, reverse=True)
        while rest:
            first, *others = rest
            first.code = lower(first, None)
            named = names_by_item(first.program, first.code.names)
            group = [first]
            for part in others:
                try:
                    part.code = lower(part, named)
                except (KeyError, NotUniform):
                    continue
                group.append(part)
            if not _agree(group, unite):  # asked of all first: each pair is as dear
                group = [first, *(p for p in group[1:] if _agree([first, p], unite))]
                while len(group) > 2 and not _agree(group, unite):
                    group.pop()  # each is like the first, not all alike
            held = set(group)
            rest = [part for part in others if part not in held]
            yield group

    def alone(self, shape: Shape) -> bool:
        """Whether no other code is of the same block or loop."""
        return self.codes[shape.first.key] == 1


def _agree(group: list[Part], unite: Callable[[Shape], None]) -> bool:
    """Whether one code does for all instances of a group."""
    try:
        unite(Shape("", group))
    except NotUniform:
        return False
    return True


def calls_of(step: object) -> list[Call]:
    """The calls that a step is, or the turns that it holds."""
    if isinstance(step, Loop):
        return step.calls
    return [step] if isinstance(step, Call) else []


def is_word(value: object) -> bool:
    """Whether code can name a value: a number, a boolean, a string or a list of such."""
    if _is_list(value):
        return all(map(is_word, value))  # type: ignore[call-overload]
    return isinstance(value, bool | int | float | str)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def label_of(value: Value) -> str | None:
    """What the channels of a body's input are called in it."""
    if not value.type.shape:
        return None
    size = value.type.channels
    if isinstance(size, TracedInt) and isinstance(size.formula, Named):
        return size.formula.name
    return None


def names_of_inputs(part: Part) -> list[str]:
    """The values that the function takes."""
    assert part.code is not None
    return [part.code.names[entry.value] for entry in part.program.inputs.values()]


def _weight(part: Part) -> int:
    return sum(not isinstance(item, Pass) for item in part.program.items)


def _title(
    members: list[Part], groups: list[list[Part]], is_free: Callable[[str], bool]
) -> str:
    """The name of a code, after what sets it apart from others of the same block."""
    wanted = members[0].program.graph.name
    others = [part for group in groups if group is not members for part in group]
    titles = [wanted]
    if members is not groups[0]:
        titles = [f"{wanted}_{mark}" for mark in _marks(members, others)]
    numbered = (f"{wanted}_{number}" for number in count(2))
    return next(title for title in chain(titles, numbered) if is_free(title))


def _marks(members: list[Part], others: list[Part]) -> Iterator[str]:
    """What is true of all of some instances and of none of the others, in words."""
    for name, value in members[0].environment.items():
        if any(part.environment.get(name) != value for part in members):
            continue
        if any(part.environment.get(name) == value for part in others):
            continue
        if isinstance(value, bool):
            yield f"with_{name}" if value else f"without_{name}"
        elif isinstance(value, str) and value.isidentifier():
            yield value
        elif isinstance(value, int) and value >= 0:
            yield f"{name}_{int(value)}"


def by_owner(
    part: Part, owners: Sequence[Path], statements: Sequence[Stmt]
) -> dict[Path, list[Stmt]]:
    """The statements of each layer; one that gives a name to itself says nothing.

    In a block, of those without any too: turns that have other layers are apart.
    """
    items = part.program.items if part.body.block is not None else ()
    found: dict[Path, list[Stmt]] = {key_of(one): [] for one in items}
    for owner, statement in zip(owners, statements, strict=True):
        own = found.setdefault(owner, [])
        if not isinstance(statement, Assign) or [statement.value] != statement.targets:
            own.append(statement)
    return found
