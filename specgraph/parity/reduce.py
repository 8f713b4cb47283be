"""Shrinks a spec that fails to the smallest one that still fails in the same way.

What is tried are changes of the YAML itself: layers left out, groups taken apart, keys
left out, numbers made smaller.  A change stays if the spec still compiles and its report
still fails in the same way; what remains is the spec of which no part can be spared.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from specgraph.diagnostics import SpecError
from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.explain import explain
from specgraph.parity.half import HALVES
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.shrinking import CHANGES, Change, Data, tidied
from specgraph.parity.trial import Settings, Team, gather
from specgraph.spec import source
from specgraph.spec.dump import dump

SECONDS = 300.0
"""How long a reduction may take; then the smallest so far is given."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a spec fails: which backends, what kind of failure, in what."""

    backends: tuple[str, ...]
    kind: str
    what: str
    """The op that is to blame, the check, or what is raised."""

    def __str__(self) -> str:
        told = f"{self.kind} of {' and '.join(self.backends)}".rstrip()
        return f"{told}: {self.what}" if self.what else told


def way_of(report: Report, graph: Graph) -> Way | None:
    """The way in which the first failure of a report fails; None if it passes."""
    found = explain(report)
    if not found:
        return None
    first = found[0]
    ops = {node.name: node.op.label for node in graph.walk()}
    failing = [
        check
        for check in report.failures
        if set(check.backends) & set(first.backends)
        and check.died == (first.kind == "process")
        and check.broke == (first.kind in ("process", "program"))
    ] or report.failures
    blamed = next((ops[c.node] for c in failing if c.node in ops), "")
    if first.kind in ("process", "program"):
        blamed = raised(failing[0].detail)
    elif not blamed:
        blamed = f"{failing[0].check} ({failing[0].dtype})"
    return Way(first.backends, first.kind, blamed)


def raised(text: str) -> str:
    """What a text of a failure says was raised: the kind and message, without names."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and lines[0].startswith("Traceback"):
        lines = [
            line for line in lines if re.match(r"\w[\w.]*(Error|Exception)\b", line)
        ]
    first = lines[0] if lines else ""
    kind, _, message = first.partition(": ")
    words = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\S*\d\S*|\S*[._]\S*", "...", message)
    return f"{kind}: {words[:80]}".strip(": ")


class Reducer:
    """Tries smaller specs for as long as some fail as the first one did."""

    def __init__(self, fails: Callable[[Data], bool], seconds: float = SECONDS) -> None:
        self.fails = fails
        self.until = time.monotonic() + seconds
        self.tried: set[str] = set()

    def smallest(self, data: Data) -> Data:
        """The spec after every change that it could bear."""
        changed = True
        while changed and time.monotonic() < self.until:
            changed = False
            for change in CHANGES:
                smaller = self._by(change, data)
                changed = changed or smaller is not data
                data = smaller
        return data

    def _by(self, change: Change, data: Data) -> Data:
        """The spec after a kind of change, as often as it could bear it."""
        again = True
        while again:
            again = False
            for candidate in change(data):
                if time.monotonic() > self.until:
                    return data
                held = next(filter(self._holds, (tidied(candidate), candidate)), None)
                if held is not None:
                    data, again = held, True
                    break
        return data

    def _holds(self, data: Data) -> bool:
        text = dump(data)
        if text in self.tried:
            return False
        self.tried.add(text)
        return self.fails(data)


@dataclass(frozen=True, slots=True)
class Reduced:
    """The smallest spec that was found."""

    text: str
    before: int
    """Lines of the spec that failed, written out as this one is."""
    after: int
    way: Way


def reduced(
    graph: Graph,
    backends: Sequence[str],
    dtypes: Sequence[str],
    steps: int,
    seed: int,
    half: bool = False,
    seconds: float = SECONDS,
) -> Reduced | None:
    """The smallest spec that fails as a graph's does; None if it does not fail.

    It begins with the file as it is written, or, where that is a variant or does not
    stand alone, with the resolved spec.
    """
    halves = HALVES if half else ()
    settings = Settings(frozenset(CHECKS), tuple(dtypes), steps, seed, halves)
    team = gather(tuple(backends))
    with Pool() as pool:
        begin = _beginnings(graph)
        return shrunk(begin, graph.file, team, settings, pool, seconds)


def shrunk(
    beginnings: Iterable[Data],
    title: str,
    team: Team,
    settings: Settings,
    pool: Pool,
    seconds: float = SECONDS,
    fit: Callable[[Graph], bool] = lambda graph: True,
) -> Reduced | None:
    """The smallest spec that fails as the first of some that fails does.

    Of smaller ones only those count that are `fit`.
    """
    for first in beginnings:
        way = _failing(first, team, settings, pool)
        if way is None:
            continue
        fewer = _narrowed(way, team, settings)
        if _failing(first, *fewer, pool) != way:
            fewer = team, settings

        def fails(
            data: Data, wanted: Way = way, fewer: tuple[Team, Settings] = fewer
        ) -> bool:
            return _failing(data, *fewer, pool, fit) == wanted

        text = dump(Reducer(fails, seconds).smallest(first))
        sizes = len(dump(first).splitlines()), len(text.splitlines())
        names = ",".join([*team.present, *team.missing])
        half = " --half" if settings.halves else ""
        dtype = "all" if len(settings.dtypes) > 1 else settings.dtypes[0]
        head = (
            f"# fails as {title} does: {way}\n"
            f"# specgraph parity THIS.yaml --backends {names} --dtype {dtype} "
            f"--steps {settings.steps} --seed {settings.seed}{half}\n"
        )
        return Reduced(head + text, *sizes, way)
    return None


def _beginnings(graph: Graph) -> Iterator[Data]:
    """The spec of a graph as plain data: as it is written, and as it is resolved."""
    if not graph.variant:
        try:
            written = source.read(graph.file).root.plain()
        except SpecError:
            written = None
        if isinstance(written, dict) and "include" not in written:
            yield written
    resolved = source.parse(graph.resolved, graph.file).root.plain()
    assert isinstance(resolved, dict)
    yield {"specgraph": 1, "semantics": graph.semantics, **resolved}


def _narrowed(way: Way, team: Team, settings: Settings) -> tuple[Team, Settings]:
    """The backends and checks that a failure needs, so that a trial is quick."""
    present = {n: b for n, b in team.present.items() if n in way.backends}
    missing = {n: r for n, r in team.missing.items() if n in way.backends}
    checks = settings.checks
    if way.kind in ("semantics", "leak", "precision") and "(" not in way.what:
        checks = checks - {"train", "random", "weights"}
    return Team(present, missing), replace(settings, checks=checks)


def _failing(
    data: Data,
    team: Team,
    settings: Settings,
    pool: Pool,
    fit: Callable[[Graph], bool] = lambda graph: True,
) -> Way | None:
    """How a spec fails; None where it passes, or is none that counts."""
    try:
        graph = compile_spec(loads(dump(data)))
    except SpecError:
        return None
    except Exception as error:  # a fault of ours is a way to fail as well
        return Way((), "harness", raised(f"{type(error).__name__}: {error}"))
    if not fit(graph):
        return None
    try:
        return way_of(judge([graph], team, settings, pool), graph)
    except Exception as error:
        return Way((), "harness", raised(f"{type(error).__name__}: {error}"))
