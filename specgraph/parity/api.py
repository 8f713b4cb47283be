"""Parity as a call: specs in, a report out."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Iterable, Sequence

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, load
from specgraph.lower.deviations import DEVIATIONS, deviate
from specgraph.parity.pool import FLAGS, Pool
from specgraph.parity.report import CHECKS, Report, Skip
from specgraph.parity.runner import Runner
from specgraph.parity.trial import Settings, Team, gather
from specgraph.spec.schema import Spec
from specgraph.version import VERSION

DTYPES = ("float64", "float32")
Source = str | os.PathLike[str] | Spec | Graph


def parity(
    specs: Source | Iterable[Source],
    backends: Sequence[str] = ("torch", "keras"),
    checks: Iterable[str] | None = None,
    dtypes: Sequence[str] = DTYPES,
    steps: int = 10,
    seed: int = 0,
) -> Report:
    """Whether backends compute what specs say: emits, runs and compares.

    `specs` are paths, loaded specs or compiled graphs, one or several.  Every backend
    is compared with the NumPy reference and, in float64, with every other.  `checks`
    is a choice of `specgraph.parity.report.CHECKS`, all if left out; `steps` is the
    number of optimizer steps.  Raises SpecError for a spec that does not compile, and
    ValueError for a check or dtype that does not exist.
    """
    graphs = [_graph(source) for source in _listed(specs)]
    settings = Settings(
        checks=frozenset(_known("check", checks, CHECKS)),
        dtypes=tuple(_known("dtype", dtypes, DTYPES)),
        steps=steps,
        seed=seed,
    )
    with Pool() as pool:
        return judge(graphs, gather(tuple(dict.fromkeys(backends))), settings, pool)


def judge(
    graphs: Sequence[Graph], team: Team, settings: Settings, pool: Pool
) -> Report:
    """The report on compiled graphs, with the workers of a pool.

    Backends that declared deviations make different are not held against each other,
    but each against the reference of what it computes.
    """
    report = Report(environment=_environment(graphs, team, settings))
    told: dict[str, str] = {}
    whole = Runner(team, pool, settings, told)
    _add(report, whole, [graph for graph in graphs if not _parts(graph, team)])
    for graph in graphs:
        for part, deviating in _parts(graph, team):
            runner = Runner(part, pool, settings, told)
            _add(report, runner, [deviating])
            names = ", ".join(part.present)
            reason = f"deviations declared: {', '.join(graph.deviations)}"
            report.skipped.append(Skip(f"{graph.name}: {names} and the rest", reason))
    for worker in pool.workers:
        report.environment |= worker.environment
    return report


def _add(report: Report, runner: Runner, graphs: Sequence[Graph]) -> None:
    """Adds what a runner finds of graphs to a report."""
    for tally in runner.run(graphs):
        report.checks += tally.checks()
        report.skipped += tally.skips()
        report.traces += tally.traces()
        report.outlines.append(tally.outline())
        common = set[str]()
        for compared in tally.compared.values():
            common |= compared
        report.compared += len(common)
    for what, spent in runner.seconds.items():
        report.seconds[what] = report.seconds.get(what, 0.0) + spent


def _parts(graph: Graph, team: Team) -> list[tuple[Team, Graph]]:
    """The backends that compute the same under a graph's deviations, and what.

    Nothing where all do as the graph says.
    """
    if not graph.deviations:
        return []
    natives: dict[tuple[str | None, ...], list[str]] = {}
    for name in team.present:
        native = tuple(DEVIATIONS[one].get(name) for one in graph.deviations)
        natives.setdefault(native, []).append(name)
    parts = []
    for number, names in enumerate(natives.values()):
        present = {name: team.present[name] for name in names}
        missing = {} if number else team.missing
        parts.append((Team(present, missing), deviate(graph, names[0])))
    return parts or [(team, graph)]


def _listed(specs: Source | Iterable[Source]) -> list[Source]:
    if isinstance(specs, str | os.PathLike | Spec | Graph):
        return [specs]
    return list(specs)


def _graph(source: Source) -> Graph:
    if isinstance(source, Graph):
        return source
    return compile_spec(source if isinstance(source, Spec) else load(source))


def _known(what: str, wanted: Iterable[str] | None, known: Sequence[str]) -> list[str]:
    chosen = list(dict.fromkeys(known if wanted is None else wanted))
    for name in chosen:
        if name not in known:
            raise ValueError(f"no {what} {name!r}; there are {', '.join(known)}")
    if not chosen:
        raise ValueError(f"no {what} is chosen; there are {', '.join(known)}")
    return chosen


def _environment(
    graphs: Sequence[Graph], team: Team, settings: Settings
) -> dict[str, object]:
    backends = [*team.present, *team.missing]
    return {
        "command": command_of(graphs, backends, settings),
        "specgraph": VERSION,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "numpy": np.__version__,
        "byte order": sys.byteorder,
        "backends": backends,
        "dtypes": list(settings.dtypes),
        "seed": settings.seed,
        "steps": settings.steps,
        **{name: value for name, value in FLAGS.items() if name != "PYTHONHASHSEED"},
    }


def command_of(
    graphs: Sequence[Graph], backends: Sequence[str], settings: Settings
) -> str:
    """The command line that does the same again."""
    words = ["specgraph", "parity", *dict.fromkeys(graph.file for graph in graphs)]
    for graph in graphs:
        if graph.variant and graph.variant not in words:
            words += ["--variant", graph.variant]
    words += ["--backends", ",".join(backends)]
    if settings.checks != frozenset(CHECKS):
        words += ["--checks", ",".join(c for c in CHECKS if c in settings.checks)]
    if settings.dtypes != DTYPES:
        words += ["--dtype", ",".join(settings.dtypes)]
    words += ["--steps", str(settings.steps), "--seed", str(settings.seed)]
    return shlex.join(words)
