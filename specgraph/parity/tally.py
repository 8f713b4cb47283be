"""Counts what was compared, keeps the worst of it, and knows what was not."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from specgraph.ir.graph import Graph
from specgraph.parity.checks import CHECKS, REFERENCE, Check, Line, Outline, Skip, Trace

Pair = tuple[str, str]
TRACED = ("layers", "gradients", "train")
"""The checks of which every value, or step, is kept, not the worst alone."""


@dataclass(slots=True)
class Worst:
    """The worst comparison of one check so far."""

    ratio: float = -1.0
    error: float = 0.0
    tolerance: float = 0.0
    value: str = ""
    case: str = ""
    detail: str = ""
    at: str = ""
    """`file:line` of the spec, where it is not that of the value."""
    died: bool = False
    raised: bool = False
    """Whether a job gave no result, so that there is nothing to localise."""
    cause: str = ""
    """Where it gave none, what that comes from."""
    missed: str = ""
    """Why some of it was not run."""
    count: int = 0
    node: str = ""
    """The node that is to blame, where that was found."""
    each: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By value (of training: by step), its worst error and what was allowed."""


@dataclass(slots=True)
class Tally:
    """All comparisons of one graph."""

    graph: Graph
    wanted: frozenset[str]
    """The checks that are asked for."""
    pairs: dict[tuple[str, str, Pair], Worst] = field(default_factory=dict)
    compared: dict[str, set[str]] = field(default_factory=dict)
    """By backend, the values and weights that were compared with the reference."""
    skipped: dict[str, str] = field(default_factory=dict)
    stopped: dict[tuple[str, str], str] = field(default_factory=dict)
    """By dtype and backend, the failure because of which something was not run."""

    def expect(self, check: str, dtype: str, pair: Pair) -> None:
        """Says that a check must compare something."""
        if check in self.wanted:
            self.pairs.setdefault((check, dtype, pair), Worst())

    def note(
        self,
        check: str,
        dtype: str,
        pair: Pair,
        value: str,
        error: float,
        tolerance: float,
        case: str = "",
        detail: str = "",
    ) -> None:
        """Notes one comparison."""
        if check not in self.wanted:
            return
        error, tolerance = float(error), float(tolerance)  # NumPy's are no JSON
        worst = self.pairs.setdefault((check, dtype, pair), Worst())
        worst.count += 1
        if pair[1] == REFERENCE and check in (
            "outputs",
            "layers",
            "gradients",
            "weights",
        ):
            self.compared.setdefault(pair[0], set()).add(value)
        ratio = ratio_of(error, tolerance)
        if check in TRACED:
            name = case if check == "train" else value
            if name not in worst.each or ratio > ratio_of(*worst.each[name]):
                worst.each[name] = (error, tolerance)
        if ratio > worst.ratio:
            worst.ratio, worst.error, worst.tolerance = ratio, error, tolerance
            worst.value, worst.case, worst.detail = value, case, detail

    def wrong(
        self,
        check: str,
        dtype: str,
        backend: str,
        value: str,
        detail: str,
        case: str = "",
        died: bool = False,
    ) -> None:
        """Notes something that no number measures."""
        pair = (backend, REFERENCE)
        worst = self.pairs.setdefault((check, dtype, pair), Worst())
        worst.count += 1
        if worst.ratio < math.inf:
            worst.ratio = worst.error = math.inf
            worst.value, worst.case, worst.detail = value, case, detail
        worst.died = worst.died or died

    def broke(
        self,
        check: str,
        dtype: str,
        backend: str,
        detail: str,
        case: str,
        died: bool,
        cause: str = "",
    ) -> None:
        """Notes that a job of a check gave no result, with the evidence."""
        self.wrong(check, dtype, backend, "", detail, case, died)
        worst = self.pairs[check, dtype, (backend, REFERENCE)]
        worst.raised, worst.cause = True, worst.cause or cause
        where = f"{self.graph.name}: {check} ({dtype}) of {backend}"
        self.stopped.setdefault((dtype, backend), f"{where} says why")

    def miss(self, check: str, dtype: str, backend: str, why: str) -> None:
        """Notes that a job of a check gave no result, which is told elsewhere."""
        worst = self.pairs.setdefault((check, dtype, (backend, REFERENCE)), Worst())
        worst.missed = worst.missed or why
        self.stopped.setdefault((dtype, backend), why)

    def skip(self, value: str, reason: str) -> None:
        """Says why something is not compared."""
        self.skipped.setdefault(value, reason)

    def failing(self, backend: str, checks: Collection[str]) -> Worst | None:
        """The first of these checks that a backend fails in float64."""
        for check in CHECKS:
            worst = self.pairs.get((check, "float64", (backend, REFERENCE)))
            if check not in checks or worst is None or worst.raised:
                continue
            if worst.ratio > 1:
                return worst
        return None

    def checks(self) -> list[Check]:
        """A record for every check and pair."""
        order = {name: number for number, name in enumerate(CHECKS)}
        found = [self._check(*key, worst) for key, worst in self.pairs.items()]
        return sorted(found, key=lambda check: order[check.check])

    def skips(self) -> list[Skip]:
        """What was not compared, and why."""
        title = self.graph.name
        return [Skip(f"{title}.{v}", reason) for v, reason in self.skipped.items()]

    def traces(self) -> list[Trace]:
        """The errors that are drawn, of values in the order of the graph."""
        order = {name: n for n, name in enumerate(_names(self.graph))}
        last = len(order)
        return [
            Trace(
                spec=self.graph.name,
                variant=self.graph.variant,
                check=check,
                dtype=dtype,
                backends=pair,
                errors={
                    name: worst.each[name]
                    for name in sorted(
                        worst.each, key=lambda name: order.get(name, last)
                    )
                },
            )
            for (check, dtype, pair), worst in self.pairs.items()
            if worst.each
        ]

    def outline(self) -> Outline:
        """The nodes of the graph, and which of them is to blame."""
        blamed = (worst.node for worst in self.pairs.values() if worst.node)
        makers = {
            value.name: node.name
            for node in self.graph.walk()
            for value in node.outputs.values()
        }
        lines = [
            Line(
                node.name,
                node.op.label,
                f"{node.at.file}:{node.at.line}",
                tuple(dict.fromkeys(makers.get(v.name, v.name) for v in node.inputs)),
            )
            for node in self.graph.walk()
        ]
        inputs = tuple(self.graph.inputs)
        title = self.graph.name, self.graph.variant
        return Outline(*title, inputs, tuple(lines), next(blamed, ""))

    def _check(self, check: str, dtype: str, pair: Pair, worst: Worst) -> Check:
        why, detail = worst.missed, worst.detail
        if not worst.count:
            why = why or self.stopped.get((dtype, pair[0]), "")
            detail = "nothing was compared"
        ran = worst.ratio > 1 or not why
        return Check(
            spec=self.graph.name,
            variant=self.graph.variant,
            check=check,
            dtype=dtype,
            backends=pair,
            error=worst.error if ran else math.inf,
            tolerance=worst.tolerance,
            passed=worst.count > 0 and worst.ratio <= 1 and ran,
            value=worst.value,
            at=worst.at or place_of(self.graph, worst.value),
            case=worst.case,
            detail=detail if ran else f"not run: {why}",
            died=worst.died,
            broke=worst.raised,
            cause=worst.cause,
            ran=ran,
            node=worst.node,
        )


def ratio_of(error: float, tolerance: float) -> float:
    """An error by what is allowed."""
    if not tolerance:
        return math.inf if error else 0.0
    return error / tolerance


def _names(graph: Graph) -> Iterator[str]:
    """What errors are of: values and weights, in the order of the graph."""
    yield from graph.inputs
    for node in graph.walk():
        yield from node.weights
        yield from (value.name for value in node.outputs.values())


def place_of(graph: Graph, value: str) -> str:
    """`file:line` of a value's or a weight's node, or of an input."""
    at = None
    if value in graph.inputs:
        at = graph.inputs[value].at.at
    for node in graph.walk():
        if value == node.name or value.startswith(f"{node.name}."):
            at = node.at
    return f"{at.file}:{at.line}" if at is not None else ""
