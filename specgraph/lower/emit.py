"""What every emitter of a model file shares: uses lowered, values named, files printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from specgraph.diagnostics import Diagnostic, SpecError
from specgraph.ir.graph import Call, Loop, Path, Value
from specgraph.lower.describe import header, shape_text
from specgraph.lower.merge import NotUniform
from specgraph.lower.plan import Physical, Plan, Tap
from specgraph.lower.printer import Range, print_module
from specgraph.lower.program import Invoke, Pass, Program, Reorder, Use, gap_at
from specgraph.lower.pycode import (
    Assign,
    Const,
    Dict,
    Expr,
    Module,
    Name,
    Return,
    Stmt,
    Tagged,
)
from specgraph.lower.recheck import check_module
from specgraph.lower.rules import At, Axes, Gap, Lowered
from specgraph.lower.slots import AnySlot, placed
from specgraph.lower.variables import key_of, name_values
from specgraph.ops.base import Activation


@dataclass(frozen=True, slots=True)
class Mark:
    """The tag of an expression that a value comes from."""

    value: str
    part: int | None = None


@dataclass(slots=True)
class Dialect:
    """How a backend writes what its rules do not."""

    layer: Callable[[Use, str], Expr]
    """The layer of a use by its suffix, as an expression."""
    layer_name: Callable[[Use], str]
    """The use's name, as the framework has it."""
    prefix: Callable[[Use], str]
    """What stands before a slot's key."""
    reorder: Callable[[Reorder, Expr], Expr]
    """A permutation of axes."""
    helper: Callable[[str], Expr]
    """A helper, which the file then carries."""
    reserved: frozenset[str]
    """Names that no variable may hide."""
    nests: bool = False
    """Whether an activation may stand around the expression before it."""
    keeps_inputs: bool = False
    """Whether the end of the function reads its inputs."""
    invoke: Callable[[Invoke, list[Expr], list[Expr]], Lowered] | None = None
    """A use of a body from its inputs, and the variables of its outputs."""
    skip: Callable[[Pass, Expr, Expr], Lowered] | None = None
    """A layer that is left out, from its input and the variable of its output."""
    mark: str = ""
    """What the tags of expressions begin with."""
    tie: Callable[[Use, At, Mapping[Path, tuple[Use, Lowered]]], Lowered] | None = None
    """A use whose weights are others', from the uses before it whose weights are used."""
    hoist: Callable[[Use, Lowered, set[str]], Lowered] | None = None
    """A use whose layers are called more than once, under names of their own.

    The last argument are the names that are taken."""


@dataclass(slots=True)
class Body:
    """A program as statements, and what was learnt on the way."""

    statements: list[Stmt]
    lowered: list[tuple[Use, Lowered]]
    names: dict[Value, str]
    slots: dict[str, AnySlot]
    aliases: dict[str, str]
    pending: dict[Value, Expr] = field(default_factory=dict)
    inits: dict[Path, Expr] = field(default_factory=dict)
    """Layers by path, those of bodies that the program uses among them."""
    owners: list[tuple[str, ...]] = field(default_factory=list)
    """For each statement, the item that it belongs to."""

    def read(self, value: Value) -> Expr:
        """A value as an expression."""
        return self.pending.get(value) or Name(self.names[value])


class Writer:
    """Turns a program into the statements of one function."""

    def __init__(
        self,
        program: Program,
        dialect: Dialect,
        named: Mapping[tuple[str, ...], Sequence[str]] | None = None,
    ) -> None:
        self.program = program
        self.dialect = dialect
        names = name_values(program, dialect.reserved, dialect.keeps_inputs, named)
        self.owner: tuple[str, ...] = ()
        self.may_lack = False
        """Whether other instances of the code may lack the item before."""
        self.body = Body([], [], names, {}, {})
        self.gaps: list[Diagnostic] = []
        self.owned: dict[Path, tuple[Use, Lowered]] = {}
        """What the rules gave for uses whose layers are called again."""
        self.uses: dict[Value, int] = {}
        for item in program.items:
            values = [item.value] if isinstance(item, Reorder) else list(item.inputs)
            for value in values:
                self.uses[value] = self.uses.get(value, 0) + 1
        for value in (*program.outputs.values(), *program.logits.values()):
            self.uses[value] = self.uses.get(value, 0) + 2

    def write(self, skip: frozenset[Value] = frozenset()) -> Body:
        """The statements; uses that give a value of `skip` are lowered but not written.

        Raises SpecError listing every use that its rule found no way to build.
        """
        items = self.program.items
        for index, item in enumerate(items):
            self.may_lack = _is_optional(item)
            if isinstance(item, Reorder):
                self._settle()
                self.owner = key_of(item)
                if item.result not in skip:
                    self._reorder(item)
                continue
            if not self._nests(item):
                self._settle()
            self.owner = key_of(item)
            following = items[index + 1] if index + 1 < len(items) else None
            if not isinstance(item, Use):
                self._part(item, following)
                continue
            try:
                self._use(item, following, next(iter(item.outputs.values())) in skip)
            except Gap as gap:
                self.body.pending.clear()
                self.gaps.append(gap_at(item.node, item.op, item.backend, gap.reason))
        if self.gaps:
            raise SpecError(*self.gaps)
        self._settle()
        return self.body

    def _nests(self, use: Use | Invoke | Pass) -> bool:
        """Whether the use takes the expression that has not been assigned yet."""
        return self.dialect.nests and set(self.body.pending) == set(use.inputs)

    def _settle(self) -> None:
        """Assigns the expression that waited for an activation."""
        for value, expr in self.body.pending.items():
            self._assign(value, expr)
        self.body.pending.clear()

    def result(self, outputs: dict[str, Value]) -> Stmt:
        """The return statement; a lone output's last assignment moves into it."""
        if len(outputs) > 1:
            read = self.body.read
            return Return(Dict([(Const(n), read(v)) for n, v in outputs.items()]))
        value = next(iter(outputs.values()))
        target = Name(self.body.names[value])
        last = self.body.statements[-1] if self.body.statements else None
        if self.may_lack:
            return Return(target)
        if isinstance(last, Assign) and last.targets == [target]:
            self.body.statements.pop()
            self.body.owners.pop()
            return Return(last.value, last.comment)
        return Return(target)

    def _assign(self, value: Value, expr: Expr) -> None:
        target = self.body.names[value]
        if expr == Name(target):
            return
        comment = shape_text(value.type, self.program.orders[value])
        if value.type.rank < 2 and not value.type.shape:
            comment = ""
        self._append(Assign([Name(target)], expr, comment))

    def _append(self, *statements: Stmt) -> None:
        self.body.statements += statements
        self.body.owners += [self.owner] * len(statements)

    def _part(self, item: Invoke | Pass, following: object) -> None:
        """A use of a body, or a layer that is left out."""
        read, names = self.body.read, self.body.names
        values = list(dict.fromkeys(item.outputs.values()))
        if isinstance(item, Invoke):
            _check_results(item.step, len(values))
        inputs = [read(value) for value in item.inputs]
        made: list[Expr] = [Name(names[v] if v in self.uses else "_") for v in values]
        if isinstance(item, Invoke):
            assert self.dialect.invoke is not None
            lowered = self.dialect.invoke(item, inputs, made)
        else:
            assert self.dialect.skip is not None
            lowered = self.dialect.skip(item, inputs[0], made[0])
            self.may_lack |= not lowered.init
        nested = bool(self.body.pending)
        self.body.pending.clear()
        for suffix, expr in lowered.init.items():
            self.body.inits[_suffixed(item.path, suffix)] = expr
        self._append(*lowered.body)
        if not lowered.outputs or values[0] not in self.uses:
            return
        (expr,) = lowered.outputs.values()
        alone = not nested and not lowered.body and not isinstance(expr, Name)
        if alone and not self.may_lack and self._waits(values[0], following):
            self.body.pending[values[0]] = expr
            return
        if expr != Name(names[values[0]]):
            self._assign(values[0], expr)

    def _reorder(self, item: Reorder) -> None:
        expr = self.dialect.reorder(item, self.body.read(item.value))
        self._assign(item.result, expr)

    def at(self, use: Use) -> At:
        """Where a use's rule stands."""
        return At(
            op=use.op,
            name=self.dialect.layer_name(use),
            inputs=use.inputs.map(self.body.read),
            types=use.types,
            orders=use.orders,
            params=use.params,
            trainable=use.node.trainable,
            result=lambda output: Name(self.body.names[use.outputs[output]]),
            layer=lambda suffix: self.dialect.layer(use, suffix),
            helper=self.dialect.helper,
            tagged=lambda expr, output, part: Tagged(
                expr, Mark(self.dialect.mark + use.outputs[output].name, part)
            ),
            batch=Name(self.body.names[next(iter(self.program.inputs.values())).value]),
            used=frozenset(o for o, v in use.outputs.items() if v in self.uses),
            flattened=use.flattened,
        )

    def _use(self, use: Use, following: object, skipped: bool) -> None:
        lowered = self._lowered(use)
        nested = bool(self.body.pending)
        self.body.pending.clear()
        self.body.lowered.append((use, lowered))
        for found in lowered.slots:
            slot = placed(found, self.dialect.prefix(use), use.node.name)
            self.body.slots[slot.key] = slot
        if skipped:
            for suffix, made in lowered.init.items():
                self.body.inits[_suffixed(use.path, suffix)] = made
            return
        for suffix, made in lowered.init.items():
            self.body.inits[_suffixed(use.path, suffix)] = made
        self._append(*lowered.body)
        for output, value in use.outputs.items():
            if value not in self.uses:
                continue
            expr = lowered.outputs[output]
            mark = Mark(self.dialect.mark + value.name)
            waits = isinstance(following, Use) and not nested and not lowered.body
            if isinstance(expr, Name):
                self._named(use, value, expr, lowered)
            elif waits and not self.may_lack and self._waits(value, following):
                self.body.pending[value] = Tagged(expr, mark)
            else:
                self._assign(value, Tagged(expr, mark))

    def _lowered(self, use: Use) -> Lowered:
        """What a use becomes; one that calls another's layers again has none itself."""
        at = self.at(use)
        lowered: Lowered
        if use.node.ties and use.params:
            assert self.dialect.tie is not None
            lowered = self.dialect.tie(use, at, self.owned)
        else:
            lowered = use.entry.rule(use.op, at)
        if use.lends:
            self.owned[use.path] = use, lowered
        if use.owner is not None:
            own = self.owned[use.owner][1]
            if (lowered.init, lowered.slots) != (own.init, own.slots):
                raise Gap(
                    f"the layer of {'.'.join(use.owner)} differs from what is needed here"
                )
            lowered = replace(lowered, init={}, slots=(), inits=(), ties=[])
        if self.dialect.hoist is not None and (use.lends or use.owner is not None):
            taken = {*self.body.names.values(), *self.dialect.reserved}
            lowered = self.dialect.hoist(use, lowered, taken)
        return lowered

    def _waits(self, value: Value, following: object) -> bool:
        """Whether the next use is an activation of this value and nothing else is."""
        return (
            self.dialect.nests
            and isinstance(following, Use)
            and not _is_optional(following)
            and isinstance(following.op, Activation)
            and len(following.inputs) == 1
            and following.inputs.first is value
            and self.uses.get(value) == 1
        )

    def _named(self, use: Use, value: Value, expr: Name, lowered: Lowered) -> None:
        """An output that a statement of the rule assigned, or that is its input."""
        if expr.id == self.body.names[value] and lowered.body:
            return
        source = next((v for v in use.inputs if self.body.names[v] == expr.id), None)
        if source is not None:
            origin = self.program.origins.get(source, source)
            self.body.aliases[value.name] = origin.name
            self.program.views[value] = self._view(value, source, origin)
        if expr.id != self.body.names[value]:
            self._assign(value, expr)

    def _view(self, value: Value, source: Value, origin: Value) -> Axes:
        """The order in which a value lies in the array of what it is an alias of.

        Where axes were moved in between, that is not the order the value itself has.
        """
        orders = self.program.orders
        found = list(orders[value])
        for axis, place in zip(orders[value], orders[source], strict=True):
            found[orders[origin].index(place)] = axis
        first = self.program.views.get(origin)
        if first is None:
            return tuple(found)
        return tuple(found[orders[origin].index(axis)] for axis in first)


def _check_results(step: Call | Loop, count: int) -> None:
    """Raises NotUniform where code gives one value twice that is two in other uses."""
    for call in step.calls if isinstance(step, Loop) else [step]:
        if len(set(call.body.outputs.values())) != count:
            raise NotUniform("a body gives a value twice, as two in another use")


def _is_optional(item: object) -> bool:
    """Whether other instances of the same code may lack an item."""
    if isinstance(item, Use):
        return item.node.written is not None and item.node.written.when is not None
    return isinstance(item, Invoke | Pass) and item.step.written.when is not None


def _suffixed(path: Path, suffix: str) -> Path:
    """The path of a layer that goes with a node's."""
    if not path:
        return (suffix,) if suffix else ()
    return (*path[:-1], path[-1] + suffix)


def physical(program: Program, inputs: bool = True) -> dict[str, Physical]:
    """How each value of the program lies in the framework, where it comes to be."""
    found = {}
    values = [entry.value for entry in program.inputs.values()] if inputs else []
    for item in program.items:
        if isinstance(item, Use):
            values += item.node.outputs.values()
    for value in values:
        order = program.views.get(value) or program.orders.get(value)
        if order is None:
            continue
        sizes, flat = program.flat.get(value, ((), ()))
        found[value.name] = Physical(order, sizes, flat)
    return found


def printed(
    program: Program, module: Module, allowed: frozenset[str]
) -> tuple[str, dict[str, Tap]]:
    """The file's text under its header, checked, and where each value comes to be.

    Values of bodies are known by the mark of their code and their name in it.
    """
    found = print_module(module)
    check_module(module, found.text, allowed)
    text = f"{header(program.graph, found.text)}\n{found.text}"
    taps = {}
    uses = [item for item in program.items if isinstance(item, Use)]
    known = {value.name for use in uses for value in use.node.outputs.values()}
    for tag, span in found.ranges:
        if isinstance(tag, Mark) and ("/" in tag.value or tag.value in known):
            moved = Range(
                span.line + 1, span.column, span.end_line + 1, span.end_column
            )
            taps[tag.value] = Tap(moved, tag.part)
    return text, taps


__all__ = ["Body", "Dialect", "Mark", "Plan", "Writer", "physical", "printed"]
