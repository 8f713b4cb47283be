"""Random specs, one after another, through all backends: what fails is shrunk and told."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase

from specgraph.diagnostics import SpecError
from specgraph.ir.graph import Graph, Node
from specgraph.load import compile_spec, loads
from specgraph.ops.base import FLOATS
from specgraph.parity.api import judge
from specgraph.parity.cases import WITHIN, Case
from specgraph.parity.pool import Pool
from specgraph.parity.reduce import Reduced, Way, raised, shrunk, way_of
from specgraph.parity.report import Report
from specgraph.parity.trial import Settings, Team, gather, prepare
from specgraph.spec.dump import dump
from specgraph.testing.generate import specs
from specgraph.testing.sight import Data
from specgraph.testing.suite import gap

CHECKS = frozenset({"structure", "outputs", "layers", "gradients", "buffers", "loss"})
"""What is checked of a random spec: the rest costs more than it finds."""
LARGEST = 1e4
"""Numbers beyond it, or none at all, show the limits of float64, not of a backend."""
SMALLEST = 1e-3
"""Numbers below it show them in what is divided by them."""
BATCH = 40
"""Specs that are drawn at a time."""
TOGETHER = 8
"""Specs that are judged in one run, so that workers need not wait."""
REDUCTION = 120.0
"""Seconds that one failure may be shrunk for."""


class Unjudgeable(Exception):
    """A spec of which there are no inputs."""


def settings(seed: int) -> Settings:
    """What is checked of a random spec, with weights and inputs of a seed."""
    return Settings(CHECKS, ("float64",), 1, seed)


def is_tame(graph: Graph, seed: int = 0) -> bool:
    """Whether all numbers of the reference are of common size."""
    try:
        found = prepare(graph, Settings(frozenset({"outputs"}), ("float64",), 1, seed))
    except ValueError as error:  # no sizes fit, or ids that no table has
        raise Unjudgeable(str(error)) from None
    divisors = {
        [*node.inputs][-1].name
        for node in graph.walk()
        if node.op.label in ("divide", "reciprocal")
    }
    with np.errstate(all="ignore"):
        if any(_at_a_step(case, node) for case in found.cases for node in graph.walk()):
            return False
        return all(
            np.all(np.abs(value) < LARGEST)
            and (name not in divisors or np.all(np.abs(value) > SMALLEST))
            for case in found.cases
            for name, value in case.reference.values.items()
            if value.dtype.kind == "f"
        )


def _at_a_step(case: Case, node: Node) -> bool:
    """Whether a number that is made into a whole one lies where that jumps.

    A cosine of equal vectors is 1 but for rounding, and a hair below it is 0.
    """
    if case.reference.margin < WITHIN:
        return True
    if node.op.label not in ("cast", "floor", "argmax") or not len(node.inputs):
        return False
    x = case.reference.values[node.inputs.first.name]
    if node.op.label == "argmax":  # Keras takes 0 for greater than -0
        return bool((x == 0).any())
    if x.dtype.kind != "f" or (
        node.op.label == "cast" and node.output.type.dtype in FLOATS
    ):
        return False
    return bool(((x == np.rint(x)) & (x != 0)).any())


def drawn(seed: int, number: int = BATCH) -> list[Data]:
    """Some random specs, the same for the same seed and number."""
    found: list[Data] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(specs())
    def take(data: Data) -> None:
        found.append(data)

    take()
    return found


@dataclass(frozen=True, slots=True)
class Failure:
    """A random spec that fails, and how."""

    name: str
    way: Way
    report: str
    """The table of the whole spec, or what was raised."""
    smallest: Reduced | None
    """None where it does not fail alone."""
    text: str
    """The whole spec."""


@dataclass(slots=True)
class Fuzz:
    """A run of random specs through backends; iterate over it for the failures."""

    backends: tuple[str, ...]
    seed: int = 0
    seconds: float = 600.0
    most: int | None = None
    """How many specs to judge, if that comes before the time."""
    judged: int = 0
    unlike: int = 0
    """Specs that were not judged: a backend lacks an op, or numbers are not tame."""
    spent: float = 0.0
    """Seconds of judging and drawing; the shrinking of failures is not counted."""
    ways: dict[Way, int] = field(default_factory=dict)
    """How often a way to fail was seen."""

    def run(self, pool: Pool) -> Iterator[Failure]:
        """The failures, each way to fail once, as they are found."""
        team = gather(self.backends)
        begun, shrinking = time.monotonic(), 0.0
        known: set[int] = set()
        for number in count():
            waiting: list[Trial] = []
            for data in drawn(self.seed * 100_000 + number):
                key = zlib.crc32(dump(data).encode())
                if key in known:
                    continue
                known.add(key)
                waiting.append(Trial(f"random_{self.seed}_{len(known)}", data))
            for start in range(0, len(waiting), TOGETHER):
                some = waiting[start : start + TOGETHER]
                for failure, took in self._judged(some, team, pool):
                    shrinking += took
                    yield failure
                self.spent = time.monotonic() - begun - shrinking
                if self.spent > self.seconds:
                    return
                if self.most is not None and self.judged >= self.most:
                    return

    def _judged(
        self, trials: Sequence[Trial], team: Team, pool: Pool
    ) -> Iterator[tuple[Failure, float]]:
        """What fails among some specs, and the seconds that shrinking it took."""
        fit = []
        for trial in trials:
            try:
                able = trial.comparable(self.backends, self.seed)
            except (Unjudgeable, SpecError):
                able = False
            except Exception as error:  # a fault of ours is what we look for
                yield from self._failed(trial, error, team, pool)
                continue
            if able:
                fit.append(trial)
            else:
                self.unlike += 1
        if self.most is not None:
            fit = fit[: self.most - self.judged]
        for trial, outcome in judged(fit, team, settings(self.seed), pool):
            self.judged += 1
            if isinstance(outcome, Exception) or not outcome.passed:
                yield from self._failed(trial, outcome, team, pool)

    def _fit(self, graph: Graph) -> bool:
        """Whether a smaller spec can be judged as this one was."""
        try:
            return is_tame(graph, self.seed)
        except Unjudgeable:
            return False
        except Exception:  # that may be what fails
            return True

    def _failed(
        self, trial: Trial, outcome: Report | Exception, team: Team, pool: Pool
    ) -> Iterator[tuple[Failure, float]]:
        if isinstance(outcome, Exception):
            told = f"{type(outcome).__name__}: {outcome}"
            way: Way | None = Way((), "harness", raised(told))
        else:
            told, way = outcome.table(), way_of(outcome, trial.graph)
        if way is None:
            return
        self.ways[way] = self.ways.get(way, 0) + 1
        if self.ways[way] > 1:
            return
        start = time.monotonic()
        chosen = settings(self.seed)
        smallest = shrunk(
            [trial.data], trial.name, team, chosen, pool, REDUCTION, self._fit
        )
        failure = Failure(trial.name, way, told, smallest, dump(trial.data))
        yield failure, time.monotonic() - start


class Trial:
    """A random spec with a name of its own."""

    def __init__(self, name: str, data: Data) -> None:
        self.data = {**data, "name": name}
        self.name = name
        self._graph: Graph | None = None

    @property
    def graph(self) -> Graph:
        """The compiled spec."""
        if self._graph is None:
            self._graph = compile_spec(loads(dump(self.data)))
        return self._graph

    def comparable(self, backends: Sequence[str], seed: int) -> bool:
        """Whether every backend has its ops, and its numbers are tame."""
        able = not any(gap(name, self.graph) for name in backends)
        return able and is_tame(self.graph, seed)


def judged(
    trials: Sequence[Trial], team: Team, chosen: Settings, pool: Pool
) -> Iterator[tuple[Trial, Report | Exception]]:
    """The report on each spec, or what the harness raised of it."""
    if not trials:
        return
    try:
        whole = judge([trial.graph for trial in trials], team, chosen, pool)
    except Exception as error:
        if len(trials) == 1:
            yield trials[0], error
            return
        for trial in trials:
            yield from judged([trial], team, chosen, pool)
        return
    for trial in trials:
        yield trial, whole.of(trial.graph.title)
