"""Parity as a call: specs in, a report out."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Sequence

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, load
from specgraph.parity.pool import FLAGS, Pool
from specgraph.parity.report import CHECKS, Report
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
    """The report on compiled graphs, with the workers of a pool."""
    runner = Runner(team, pool, settings)
    report = Report(environment=_environment(team, settings))
    for tally in runner.run(graphs):
        report.checks += tally.checks()
        report.skipped += tally.skips()
        common = set[str]()
        for compared in tally.compared.values():
            common |= compared
        report.compared += len(common)
    for worker in pool.workers:
        report.environment |= worker.environment
    report.seconds = runner.seconds
    return report


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


def _environment(team: Team, settings: Settings) -> dict[str, object]:
    return {
        "specgraph": VERSION,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "numpy": np.__version__,
        "byte order": sys.byteorder,
        "backends": [*team.present, *team.missing],
        "dtypes": list(settings.dtypes),
        "seed": settings.seed,
        "steps": settings.steps,
        **{name: value for name, value in FLAGS.items() if name != "PYTHONHASHSEED"},
    }
