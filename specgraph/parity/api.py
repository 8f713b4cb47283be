"""Parity as a call: specs in, a report out."""

from __future__ import annotations

import itertools
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, load
from specgraph.lower.deviations import DEVIATIONS, deviate
from specgraph.parity.checks import CHECKS, Skip
from specgraph.parity.half import HALVES
from specgraph.parity.pool import FLAGS, Pool
from specgraph.parity.report import Report
from specgraph.parity.runner import Runner
from specgraph.parity.spread import EXECUTORS, gathered
from specgraph.parity.trial import Settings, Team, gather
from specgraph.spec.schema import Spec
from specgraph.version import VERSION

DTYPES = ("float64", "float32")
Progress = Callable[[int, int, str], None]
"""Told how many specs are done, of how many, and the title of the last."""
Source = str | os.PathLike[str] | Spec | Graph


def parity(
    specs: Source | Iterable[Source],
    backends: Sequence[str] = ("torch", "keras"),
    checks: Iterable[str] | None = None,
    dtypes: Sequence[str] = DTYPES,
    steps: int = 10,
    seed: int = 0,
    jobs: int = 1,
    executor: str = "local",
    half: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Whether backends compute what specs say: emits, runs and compares.

    `specs` are paths, loaded specs or compiled graphs, one or several.  Every backend
    is compared with the NumPy reference and, in float64, with every other.  `checks`
    is a choice of `specgraph.parity.report.CHECKS`, all if left out; `steps` is the
    number of optimizer steps; `half` adds bfloat16 and float16.  With `jobs` more than 1, as many sets of workers share
    the specs, as processes of this machine or, with the executor `ray`, wherever a Ray
    cluster has room; the report is the same.  `progress` is called after every spec.
    An interrupt ends the run and leaves the report of what was done.  Raises SpecError for a spec that does not compile, and
    ValueError for a check, dtype or executor that does not exist.
    """
    graphs = [_graph(source) for source in _listed(specs)]
    settings = Settings(
        checks=frozenset(_known("check", checks, CHECKS)),
        dtypes=tuple(_known("dtype", dtypes, DTYPES)),
        steps=steps,
        seed=seed,
        halves=HALVES if half else (),
    )
    names = tuple(dict.fromkeys(backends))
    known = tuple(EXECUTORS)
    _known("executor", [executor], known)
    if executor != "local" or (jobs > 1 and len(graphs) > 1):
        report = Report(environment=_environment(graphs, gather(names), settings))
        parts = EXECUTORS[executor](graphs, names, settings, jobs)
        return gathered(report, parts, [graph.title for graph in graphs], progress)
    with Pool() as pool:
        return judge(graphs, gather(names), settings, pool, progress)


def judge(
    graphs: Sequence[Graph],
    team: Team,
    settings: Settings,
    pool: Pool,
    progress: Progress | None = None,
) -> Report:
    """The report on compiled graphs, with the workers of a pool.

    Backends that declared deviations make different are not held against each other,
    but each against the reference of what it computes.
    """
    report = Report(environment=_environment(graphs, team, settings))
    told = report.told
    done = itertools.count(1)

    def note(title: str) -> None:
        if progress is not None:
            progress(next(done), len(graphs), title)

    whole = Runner(team, pool, settings, told)
    try:
        _add(
            report, whole, [graph for graph in graphs if not _parts(graph, team)], note
        )
        for graph in graphs:
            parts = _parts(graph, team)
            for part, deviating in parts:
                runner = Runner(part, pool, settings, told)
                _add(report, runner, [deviating])
                names = ", ".join(part.present)
                reason = f"deviations declared: {', '.join(graph.deviations)}"
                about = f"{graph.name}: {names} and the rest"
                report.skipped.append(Skip(about, reason))
            if parts:
                note(graph.title)
    except KeyboardInterrupt:
        report.interrupted = True
    for worker in pool.workers:
        report.environment |= worker.environment
        who = (n for n, b in team.present.items() if b.worker == worker.module)
        if worker.peak:
            report.memory[f"{'/'.join(who) or worker.module} {worker.dtype}"] = (
                worker.peak
            )
    return report


def _add(
    report: Report,
    runner: Runner,
    graphs: Sequence[Graph],
    note: Callable[[str], None] | None = None,
) -> None:
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
        if note is not None:
            note(tally.graph.title)
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
    if settings.halves:
        words.append("--half")
    words += ["--steps", str(settings.steps), "--seed", str(settings.seed)]
    return shlex.join(words)
