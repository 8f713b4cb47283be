"""One graph on its way through the checks: what it is tried on, and the jobs of it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from specgraph import plugins
from specgraph.backend import Backend, without_of
from specgraph.diagnostics import SpecError
from specgraph.ir.graph import Graph
from specgraph.parity.batches import Batch, batch_of, batches
from specgraph.parity.cases import Case, Skipped, cases, random_weights
from specgraph.parity.checks import CHECKS
from specgraph.parity.emitted import Emitted
from specgraph.parity.oracle import has_gradients
from specgraph.parity.pool import Pool, Result, WorkerFailed
from specgraph.parity.randomness import drawing, random_case
from specgraph.parity.structure import marked_weights, misfit
from specgraph.parity.tally import Tally
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays

NO_GRADIENTS = "not applicable: no float follows from an input or a trained weight"


STEPS = 10
"""Optimizer steps of a run."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked of a run."""

    checks: frozenset[str]
    dtypes: tuple[str, ...]
    steps: int
    seed: int
    halves: tuple[str, ...] = ()
    """The dtypes of half precision that are tried, too."""

    @classmethod
    def usual(cls) -> Settings:
        """Everything, as the command asks for by itself."""
        return cls(frozenset(CHECKS), ("float64", "float32"), STEPS, 0)


@dataclass(frozen=True, slots=True)
class Team:
    """The backends of a run; a missing one is a reason why."""

    present: dict[str, Backend]
    missing: dict[str, str]


def gather(names: Sequence[str]) -> Team:
    """The backends of these names, and why others cannot run."""
    present: dict[str, Backend] = {}
    missing: dict[str, str] = {}
    for name in names:
        try:
            backend = plugins.find_backend(name)
        except plugins.PluginError as error:
            missing[name] = str(error)
            continue
        if lacking := plugins.lacking(backend):
            missing[name] = f"backend {name} needs {lacking}, not installed"
        else:
            present[name] = backend
    return Team(present, missing)


def installed() -> tuple[str, ...]:
    """The backends whose framework is there."""
    return tuple(gather(plugins.backend_names()).present)


@dataclass(slots=True)
class Trial:
    """A graph, what it is tried on, and the results to come by backend and dtype."""

    graph: Graph
    tally: Tally
    weights: dict[str, Array]
    cases: list[Case]
    loss_batches: dict[int, Batch] = field(default_factory=dict)
    """By the number of the case whose inputs they take."""
    batches: list[Batch] = field(default_factory=list)
    drawn: Case | None = None
    """Where something is drawn: the case in which frameworks draw for themselves."""
    emitted: dict[str, Emitted] = field(default_factory=dict)
    marked: dict[str, dict[str, Array]] = field(default_factory=dict)
    """By dtype, weights of which no two numbers are alike."""
    started: dict[tuple[str, str], Future[Result]] = field(default_factory=dict)
    """The tensors of new models, where the weights are checked."""
    described: dict[tuple[str, str], Future[Result]] = field(default_factory=dict)
    passes: dict[tuple[str, str, int], Future[Result]] = field(default_factory=dict)
    losses: dict[tuple[str, str, int], Future[Result]] = field(default_factory=dict)
    trainings: dict[tuple[str, str], Future[Result]] = field(default_factory=dict)
    draws: dict[tuple[str, str], Future[Result]] = field(default_factory=dict)
    halves: dict[tuple[str, str, int], Future[Result]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    """What several jobs read."""


def prepare(graph: Graph, settings: Settings) -> Trial:
    """A trial with its weights, cases and batches."""
    weights = random_weights(graph, settings.seed)
    try:
        tried = cases(graph, weights, settings.seed)
    except IndexError as error:
        hint = "an input of integers says by `range` which it may hold"
        raise ValueError(f"{graph.name}: {error}; {hint}") from None
    tally = Tally(graph, settings.checks)
    trial = Trial(graph, tally, weights, [c for c in tried if isinstance(c, Case)])
    for skipped in tried:
        if isinstance(skipped, Skipped):
            tally.skip(f"case {skipped.name}", skipped.reason)
    if "gradients" in settings.checks and not has_gradients(graph):
        tally.skip("check gradients", NO_GRADIENTS)
    if drawing(graph) and "random" in settings.checks:
        trial.drawn = random_case(graph, weights, settings.seed)
    if graph.training is None:
        return trial
    if settings.checks & {"loss", "gradients"}:
        for number, case in enumerate(trial.cases):
            if case.training:
                batch = batch_of(graph, weights, case.inputs, case.seed)
                trial.loss_batches[number] = batch
    if "train" in settings.checks:
        trial.batches = batches(graph, weights, settings.steps, settings.seed)
    return trial


def emit(trial: Trial, name: str, backend: Backend, pool: Pool) -> WorkerFailed | None:
    """Writes a graph's files; why that is not possible, if it is not.

    What a backend itself raises counts as its death: nothing is known of its numbers.
    """
    try:
        plan = backend.plan(trial.graph)
    except SpecError as error:
        return WorkerFailed(str(error), False, str(error))
    except Exception:  # a backend's own fault is that backend's failure
        told = f"the backend {name} raised:\n{traceback.format_exc()}"
        return WorkerFailed(told, True, told)
    parts = (trial.graph.name, trial.graph.variant, name)
    folder = pool.path("-".join(filter(None, parts)))
    without = frozenset(without_of(backend))
    emitted = Emitted(name, backend.worker, plan, folder, without)
    problem = misfit(emitted)
    if problem:
        return WorkerFailed(problem, False, problem)
    emitted.write()
    trial.emitted[name] = emitted
    return None


def submit(trial: Trial, emitted: Emitted, dtype: str, pool: Pool) -> None:
    """Hands all jobs of a graph, in one backend and dtype, to the worker."""
    worker = pool.start(emitted.worker, dtype)
    name = emitted.backend
    marked = trial.marked.setdefault(dtype, marked_weights(trial.graph, dtype))
    given = pool.store("marked", emitted.weights(marked, dtype))
    weights = pool.store("weights", emitted.weights(trial.weights, dtype))
    trial.files += [given, weights]
    if "weights" in trial.tally.wanted:
        started = worker.submit({"kind": "start", "model": emitted.model})
        trial.started[name, dtype] = started
    job: dict[str, Any] = {"model": emitted.model, "weights": weights}
    described = {**job, "kind": "describe", "weights": given}
    trial.described[name, dtype] = worker.submit(described)
    for number, case in enumerate(trial.cases):
        future = worker.submit({**job, **pass_of(emitted, case, dtype, pool)})
        trial.passes[name, dtype, number] = future
    if trial.drawn is not None:
        inputs = emitted.inputs(trial.drawn, dtype)
        alone = {k: array for k, array in inputs.items() if k.startswith("input:")}
        ran = {"kind": "run", "training": True, "later": False}
        arrays = pool.store("inputs", alone)
        trial.draws[name, dtype] = worker.submit({**job, **ran, "arrays": arrays})
    if not emitted.trains:
        return
    for number, batch in trial.loss_batches.items():
        arrays = pool.store("batch", emitted.batch(batch, dtype))
        future = worker.submit({**job, "kind": "loss", "arrays": arrays})
        trial.losses[name, dtype, number] = future
    if trial.batches:
        trained = training_of(emitted, trial.batches, dtype, pool)
        trial.trainings[name, dtype] = worker.submit({**job, **trained})


def pass_of(emitted: Emitted, case: Case, dtype: str, pool: Pool) -> dict[str, Any]:
    """The job to run a case."""
    return {
        "kind": "run",
        "arrays": pool.store("inputs", emitted.inputs(case, dtype)),
        "training": case.training,
        "later": case.training and bool(case.reference.buffers),
    }


def training_of(
    emitted: Emitted, data: list[Batch], dtype: str, pool: Pool
) -> dict[str, Any]:
    """The job to take an optimizer step a batch."""
    given = {
        f"{step}:{key}": array
        for step, batch in enumerate(data)
        for key, array in emitted.batch(batch, dtype).items()
    }
    return {
        "kind": "train",
        "steps": len(data),
        "arrays": pool.store("batches", given),
    }


def training_again(
    trial: Trial, emitted: Emitted, weights: Arrays, pool: Pool
) -> tuple[Future[Result], str]:
    """A training in float64 from some weights, and the file that they lie in."""
    path = pool.store("weights", emitted.weights(weights, "float64"))
    job = {"model": emitted.model, "weights": path}
    job |= training_of(emitted, trial.batches, "float64", pool)
    return pool.start(emitted.worker, "float64").submit(job), path
