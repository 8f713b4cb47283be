"""A graph made legal for one framework: ops it has, axes in orders it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from specgraph.diagnostics import Diagnostic, SpecError
from specgraph.ir.graph import Call, Graph, Input, Loop, Node, Path, Skip, Step, Value
from specgraph.lower.merge import NotUniform
from specgraph.lower.rules import Axes, Entry, Gap, Rules
from specgraph.ops.base import Bound, Op, Param, TensorType


@dataclass(slots=True, eq=False)
class Use:
    """A use of an op that the backend has a rule for."""

    op: Op
    path: Path
    inputs: Bound[Value]
    types: Bound[TensorType]
    outputs: dict[str, Value]
    params: tuple[Param, ...]
    node: Node
    entry: Entry
    backend: str
    orders: Bound[Axes] = field(default_factory=lambda: Bound({}))
    flattened: tuple[tuple[int, ...], Axes] | None = None
    """For a dense that absorbs a flatten: the sizes before it and their order."""
    owner: Path | None = None
    """The use whose layers it calls again, if they are not its own."""
    borrowers: list[Use] = field(default_factory=list)
    """The uses that have some of its weights, or all of them."""

    @property
    def lends(self) -> bool:
        """Whether others use its weights."""
        return bool(self.borrowers)

    @property
    def home(self) -> Path:
        """The path of its layers."""
        return self.path if self.owner is None else self.owner

    @property
    def gives_node(self) -> bool:
        """Whether it gives what its node does; else a rewrite has put it before."""
        return not set(self.node.outputs.values()).isdisjoint(self.outputs.values())

    @property
    def alone(self) -> bool:
        """Whether its weights are its own, and nobody else's."""
        return self.owner is None and not self.lends and not self.node.ties


@dataclass(slots=True, eq=False)
class Reorder:
    """The axes of a value, moved; `result` is the same value in the new order."""

    value: Value
    result: Value
    axes: Axes
    """The permutation the framework applies, the batch counted."""
    path: Path


@dataclass(slots=True, eq=False)
class Invoke:
    """A use of a body that has code of its own, or the turns of a loop of such."""

    step: Call | Loop
    path: Path
    inputs: tuple[Value, ...]
    outputs: dict[str, Value]
    owner: Path | None = None
    """The use of the same body that is used again, if its weights are not its own."""
    lends: bool = False
    """Whether others use its weights."""


@dataclass(slots=True, eq=False)
class Pass:
    """A layer that is left out here, but not wherever the same code runs."""

    step: Skip
    path: Path
    inputs: tuple[Value, ...]
    outputs: dict[str, Value]


Item = Use | Reorder | Invoke | Pass


def branch_of(item: Item) -> str | None:
    """The branch that an item stands in."""
    if isinstance(item, Use):
        return item.node.branch
    return None if isinstance(item, Reorder) else item.step.branch


@dataclass(slots=True)
class Program:
    """What one file computes: uses in the order they run, and each value's order."""

    graph: Graph
    inputs: dict[str, Input]
    items: list[Item]
    outputs: dict[str, Value]
    orders: dict[Value, Axes]
    origins: dict[Value, Value]
    """The graph's value that each value of the program is."""
    flat: dict[Value, tuple[tuple[int, ...], Axes]]
    """Flattened values whose elements lie in another order than the spec's."""
    logits: dict[str, Value] = field(default_factory=dict)
    views: dict[Value, Axes] = field(default_factory=dict)
    """The order of values that are aliases, in the arrays of what they are."""


def legalize(
    graph: Graph, rules: Rules[Op], run: Iterable[Step | Loop] | None = None
) -> list[Use | Invoke | Pass]:
    """The uses that rewrites leave; raises SpecError listing every gap of the backend.

    `run` are the steps of one body, calls as such; left out, all nodes of the model.
    """
    uses: list[Use | Invoke | Pass] = []
    gaps: list[Diagnostic] = []
    all_steps: list[Step | Loop] = []
    if run is None:
        all_steps += graph.walk()
    else:
        all_steps = list(apart(list(run), graph.outputs.values()))
    taken = {"_".join(node.path) for node in all_steps}
    for node in all_steps:
        if isinstance(node, Skip):
            uses.append(Pass(node, node.path, node.inputs, dict(node.outputs)))
            continue
        if not isinstance(node, Node):
            if not set(node.inputs).isdisjoint(node.outputs.values()):
                raise NotUniform(f"{node.path} gives back what it takes")
            uses.append(Invoke(node, node.path, node.inputs, dict(node.outputs)))
            continue
        try:
            found = _uses(node, rules, taken)
        except Gap as gap:
            gaps.append(gap_at(node, node.op, rules.name, gap.reason))
            continue
        for use in found:
            if use.entry is None:
                gaps.append(_gap(use.node, use.op, rules))
            else:
                uses.append(use)
    if gaps:
        raise SpecError(*gaps)
    lent = settle_owners(uses)
    if lent:
        raise NotUniform(f"the weights are of another body: {lent[0]}")
    return uses


def settle_owners(uses: Sequence[Use | Invoke | Pass]) -> list[Path]:
    """Marks the uses whose weights others use; gives the paths that none of them has."""
    known = {use.path: use for use in uses if isinstance(use, Use)}
    missing: list[Path] = []
    for use in known.values():
        node = use.node
        owners = [tie.owner for tie in node.ties.values()] if use.params else []
        if node.owner is not None and use.params:
            use.owner = node.owner.path
            owners = [node.owner]
        for owner in owners:
            lender = known.get(owner.path)
            if owner.up or lender is None:
                missing.append(owner.path)
            else:
                lender.borrowers.append(use)
    return missing + _settle_calls(uses)


def _settle_calls(uses: Sequence[Use | Invoke | Pass]) -> list[Path]:
    """The same for uses of bodies: what is used again must be the very same body."""
    known = {use.path: use for use in uses if isinstance(use, Invoke)}
    missing: list[Path] = []
    for use in known.values():
        calls = use.step.calls if isinstance(use.step, Loop) else [use.step]
        owners = {call.owner for call in calls}
        if owners == {None}:
            continue
        for owner in owners - {None}:
            assert owner is not None
            lender = known.get(owner.path)
            step = lender.step if lender is not None else None
            same = isinstance(step, Call) and {c.body for c in calls} == {step.body}
            if owner.up or lender is None or not same or len(owners) > 1:
                missing.append(owner.path)
                continue
            use.owner, lender.lends = owner.path, True
    return missing


def apart(run: list[Step | Loop], outputs: Iterable[Value]) -> Iterator[Step | Loop]:
    """The steps; the turns of a loop one by one where not only the last one is taken."""
    taken = set(outputs)
    for step in run:
        taken.update(step.inputs)
    for step in run:
        inner: set[Value] = set()
        if isinstance(step, Loop):
            inner = {v for call in step.calls[:-1] for v in call.outputs.values()}
            inner -= set(step.inputs)
        several = isinstance(step, Loop) and any(c.times > 1 for c in step.calls)
        given = set(step.outputs.values()) if isinstance(step, Loop) else set()
        if several and len(given) > 1 and inner & taken:
            raise NotUniform("what turns give before the last one is taken")
        if isinstance(step, Loop) and inner & taken:
            yield from step.calls
        else:
            yield step


def _uses(node: Node, rules: Rules[Op], taken: set[str]) -> list[Use]:
    types = node.inputs.map(lambda value: value.type)
    rewrite = rules.find_rewrite(type(node.op))
    steps = rewrite(node.op, types) if rewrite is not None else None
    if not steps:
        return [_use(node, node.op, node.inputs, types, node.outputs, rules)]
    found = []
    inputs = node.inputs
    for step in steps[:-1]:
        (type_,) = step.op.infer(types).values()
        path = _before(node.path, step.suffix)
        while "_".join(path) in taken:
            path = (*path[:-1], f"{path[-1]}_")
        taken.add("_".join(path))
        value = Value(".".join(path), type_)
        first = Bound({step.op.ports[0].name: (inputs.first,)})
        use = _use(node, step.op, first, first.map(_type), {"output": value}, rules)
        use.path, use.params = path, ()
        found.append(use)
        ports = inputs.ports()
        inputs = Bound({**ports, next(iter(ports)): (value,)})
        types = inputs.map(_type)
    found.append(_use(node, steps[-1].op, inputs, types, node.outputs, rules))
    return found


def _before(path: Path, suffix: str) -> Path:
    """Where a step of a rewrite stands; the only node of a turn has no path."""
    if not path:
        return (suffix.removeprefix("_"),)
    return (*path[:-1], path[-1] + suffix)


def _type(value: Value) -> TensorType:
    return value.type


def _use(
    node: Node,
    op: Op,
    inputs: Bound[Value],
    types: Bound[TensorType],
    outputs: dict[str, Value],
    rules: Rules[Op],
) -> Use:
    entry = _entry(op, rules)
    return Use(
        op,
        node.path,
        inputs,
        types,
        outputs,
        node.params,
        node,
        entry,  # type: ignore[arg-type]  # None is a gap, which `legalize` reports
        rules.name,
    )


def _entry(op: Op, rules: Rules[Op]) -> Entry | None:
    """The rule of an op; its order is that of the op which it holds, if it says so."""
    entry = rules.find(type(op))
    if entry is None or op.held is None or entry.order not in ("held", "steps"):
        return entry
    inner = _entry(getattr(op, op.held), rules)
    if inner is None:
        return None
    if entry.order == "held":
        return replace(entry, order=inner.order)
    return replace(entry, order="steps" if inner.order == "spatial" else "ordered")


def _gap(node: Node, op: Op, rules: Rules[Op]) -> Diagnostic:
    reason = rules.reason(type(op)) or "the backend has no rule for it"
    return gap_at(node, op, rules.name, reason)


def gap_at(node: Node, op: Op, backend: str, reason: str) -> Diagnostic:
    """The diagnostic of a use of an op that a backend cannot build."""
    excerpt, width = "", 1
    if node.written is not None:
        excerpt, width = node.written.at.excerpt, node.written.at.width
    return Diagnostic(
        "unsupported-op",
        f"backend {backend} cannot build {op.label}: {reason}",
        node.at,
        "docs/support.md lists what each backend can build",
        excerpt,
        width,
    )
