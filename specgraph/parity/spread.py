"""Many specs at once: each part of a run with workers of its own, here or in a cluster.

A part is one graph.  It travels pickled, is judged by a process that keeps its workers
for the next part, and comes back as a report; put together in the order of the specs,
the reports are the one that a single process would have made.
"""

from __future__ import annotations

import atexit
import importlib
import itertools
import math
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from specgraph import plugins
from specgraph.ir.graph import Graph
from specgraph.parity.checks import REFERENCE, Check
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.trial import Settings, gather

DEPTH = 1_000_000
"""Calls that pickling a graph may take: it follows a chain of layers."""
STACK = 512 << 20
"""Bytes of stack for them."""
WARM: list[Pool] = []
"""The workers of this process, kept between parts."""

Executor = Callable[[Sequence[Graph], Sequence[str], Settings, int], Iterator[Report]]
"""From graphs, names of backends, settings and a number of jobs to reports in order."""


def packed(graph: Graph) -> bytes:
    """A graph to be sent, however long its chains of layers are."""
    found: list[bytes] = []
    limit, size = sys.getrecursionlimit(), threading.stack_size(STACK)
    try:
        sys.setrecursionlimit(DEPTH)
        thread = threading.Thread(target=lambda: found.append(pickle.dumps(graph)))
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    return found[0]


def part(graph: bytes, backends: Sequence[str], settings: Settings) -> Report:
    """The report on a sent graph, with the workers that this process keeps."""
    plugins.load_ops()
    if not WARM:
        WARM.append(ExitStack().enter_context(Pool()))
        atexit.register(WARM[0].__exit__)
    judge = importlib.import_module("specgraph.parity.api").judge
    found: Report = judge(
        [pickle.loads(graph)], gather(tuple(backends)), settings, WARM[0]
    )
    return found


def locally(
    graphs: Sequence[Graph], backends: Sequence[str], settings: Settings, jobs: int
) -> Iterator[Report]:
    """Parts in processes of this machine.

    Where one of them ends, nobody knows over which graph: those that are left have a
    process each, and the one that ends it again is that graph's failure.
    """
    done = 0
    with _processes(min(jobs, len(graphs))) as pool:
        futures = [
            pool.submit(part, packed(graph), backends, settings) for graph in graphs
        ]
        try:
            for future in futures:
                yield future.result()
                done += 1
        except BrokenExecutor:
            pass
        except BaseException:  # an interrupt does not wait for what runs
            for child in multiprocessing.active_children():
                child.terminate()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    for graph in graphs[done:]:
        with _processes(1) as pool:
            try:
                yield pool.submit(part, packed(graph), backends, settings).result()
            except BrokenExecutor as error:
                yield lost(graph, backends, settings, str(error))


def _processes(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _deaf)


def lost(graph: Graph, backends: Sequence[str], settings: Settings, why: str) -> Report:
    """The report on a graph whose process ended: a failure, with what is known."""
    dtype = settings.dtypes[0]
    failures = [
        Check(
            spec=graph.name,
            variant=graph.variant,
            check="structure",
            dtype=dtype,
            backends=(name, REFERENCE),
            error=math.inf,
            tolerance=0.0,
            passed=False,
            value="",
            at="",
            detail=f"the process that judged it ended: {why}",
            died=True,
            broke=True,
        )
        for name in backends
    ]
    return Report(checks=failures)


def _deaf() -> None:
    """Leaves an interrupt to the process that hands out the parts, and ends when told."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)


def _end(*_: object) -> None:
    """Ends this process and its workers, whatever it is at."""
    while WARM:
        WARM.pop().__exit__()
    os._exit(0)


def on_ray(
    graphs: Sequence[Graph], backends: Sequence[str], settings: Settings, jobs: int
) -> Iterator[Report]:
    """Parts in the actors of a Ray cluster, one that runs or one of this machine.

    Each actor asks for one CPU; `jobs` is how many there are.
    """
    ray: Any = importlib.import_module("ray")
    mine = not ray.is_initialized()
    if mine:
        ray.init(log_to_driver=False, include_dashboard=False)
    remote = ray.remote(num_cpus=1, max_restarts=-1)(Part)
    actors = [remote.remote() for _ in range(min(jobs, len(graphs)))]
    try:
        given = list(backends), settings
        waiting = [
            actor.judge.remote(packed(graph), *given)
            for actor, graph in zip(itertools.cycle(actors), graphs, strict=False)
        ]
        for graph, one in zip(graphs, waiting, strict=True):
            try:
                yield ray.get(one)
            except ray.exceptions.RayActorError as error:
                yield lost(graph, backends, settings, str(error))
    finally:
        ray.wait([actor.close.remote() for actor in actors], timeout=10)
        for actor in actors:
            ray.kill(actor)
        if mine:
            ray.shutdown()


class Part:
    """What judges parts in a process of a cluster."""

    def judge(self, graph: bytes, backends: list[str], settings: Settings) -> Report:
        """The report on a sent graph."""
        return part(graph, backends, settings)

    def close(self) -> None:
        """Ends the workers."""
        while WARM:
            WARM.pop().__exit__()


EXECUTORS: dict[str, Executor] = {"local": locally, "ray": on_ray}
"""What runs the parts, by name."""


def gathered(
    report: Report,
    parts: Iterable[Report],
    titles: Sequence[str],
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """One report of those of all parts, in their order."""
    found = iter(parts)
    try:
        for number, title in enumerate(titles, 1):
            _append(report, next(found))
            if progress is not None:
                progress(number, len(titles), title)
    except KeyboardInterrupt:
        report.interrupted = True
    finally:
        close = getattr(found, "close", None)
        if close is not None:
            close()
    return report


def _append(report: Report, one: Report) -> None:
    """Adds a part; evidence that the report has already is not told again."""
    again = {
        why: report.told[cause]
        for cause, why in one.told.items()
        if cause in report.told
    }
    for check in one.checks:
        if check.cause in report.told:
            why = f"not run: {report.told[check.cause]}"
            check = replace(check, ran=False, died=False, detail=why)
        elif check.detail.removeprefix("not run: ") in again:
            why = again[check.detail.removeprefix("not run: ")]
            check = replace(check, detail=f"not run: {why}")
        report.checks.append(check)
    report.told = {**one.told, **report.told}
    report.skipped += one.skipped
    report.traces += one.traces
    report.outlines += one.outlines
    report.compared += one.compared
    for name, value in one.environment.items():
        report.environment.setdefault(name, value)
    for who, held in one.memory.items():
        report.memory[who] = max(held, report.memory.get(who, 0))
    for what, spent in one.seconds.items():
        report.seconds[what] = report.seconds.get(what, 0.0) + spent
