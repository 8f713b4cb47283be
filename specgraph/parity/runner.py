"""Runs every check on graphs: emits, hands jobs to the workers, judges what comes back."""

from __future__ import annotations

import importlib.util
import itertools
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from specgraph import plugins
from specgraph.backend import Backend
from specgraph.diagnostics import SpecError
from specgraph.ir.graph import Graph
from specgraph.parity.batches import Batch, batch_of, batches
from specgraph.parity.cases import Case, Skipped, cases, random_weights
from specgraph.parity.emitted import Emitted, Outcome
from specgraph.parity.oracle import Oracle, consult, trained_weights
from specgraph.parity.pool import Pool, Result, Worker, WorkerFailed
from specgraph.parity.report import REFERENCE
from specgraph.parity.semantics import buffers_of, judge, judge_pair
from specgraph.parity.structure import judge_structure, marked_weights
from specgraph.parity.tally import Tally
from specgraph.parity.training import Judge, Step, judge_loss, recorded
from specgraph.parity.training import judge_pair as judge_steps
from specgraph.reference.base import Array


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked of a run."""

    checks: frozenset[str]
    dtypes: tuple[str, ...]
    steps: int
    seed: int


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
        lacking = [m for m in backend.requires if importlib.util.find_spec(m) is None]
        if lacking:
            missing[name] = f"backend {name} needs {', '.join(lacking)}, not installed"
        else:
            present[name] = backend
    return Team(present, missing)


@dataclass(slots=True)
class Trial:
    """One graph on its way through the checks."""

    graph: Graph
    tally: Tally
    weights: dict[str, Array]
    cases: list[Case]
    emitted: dict[str, Emitted] = field(default_factory=dict)
    marked: dict[str, dict[str, Array]] = field(default_factory=dict)
    described: dict[tuple[str, str], Future[Result]] = field(default_factory=dict)
    passes: dict[tuple[str, str, int], Future[Result]] = field(default_factory=dict)
    losses: dict[tuple[str, str, int], Future[Result]] = field(default_factory=dict)
    """By the number of the case whose inputs they take."""
    loss_batches: dict[int, Batch] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    trainings: dict[tuple[str, str], Future[Result]] = field(default_factory=dict)


class Runner:
    """Checks graphs one after the other, while the workers are a graph ahead."""

    def __init__(self, team: Team, pool: Pool, settings: Settings) -> None:
        self.team = team
        self.pool = pool
        self.settings = settings
        self.seconds: dict[str, float] = {}
        for dtype in settings.dtypes:
            for backend in team.present.values():
                pool.start(backend.worker, dtype)

    def run(self, graphs: Sequence[Graph]) -> Iterator[Tally]:
        """The tally of each graph, in order."""
        ahead: list[Trial] = []
        for graph in graphs:
            ahead.append(self._begin(graph))
            if len(ahead) > 1:
                yield self._finish(ahead.pop(0))
        for trial in ahead:
            yield self._finish(trial)

    def _begin(self, graph: Graph) -> Trial:
        """Emits a graph and hands all its jobs to the workers."""
        with self._timed("inputs"):
            weights = random_weights(graph, self.settings.seed)
            tried = cases(graph, weights, self.settings.seed)
        tally = Tally(graph, self.settings.checks)
        trial = Trial(graph, tally, weights, [c for c in tried if isinstance(c, Case)])
        if graph.training is not None:
            self._draw_batches(trial)
        for skipped in tried:
            if isinstance(skipped, Skipped):
                tally.skip(f"case {skipped.name}", skipped.reason)
        for name, reason in self.team.missing.items():
            for dtype in self.settings.dtypes:
                tally.wrong("structure", dtype, name, "", reason, died=True)
        for name, backend in self.team.present.items():
            self._emit(trial, name, backend)
        return trial

    def _draw_batches(self, trial: Trial) -> None:
        """The data that train.py is tried on, as far as that is asked for."""
        graph, weights, wanted = trial.graph, trial.weights, self.settings.checks
        with self._timed("inputs"):
            if wanted & {"loss", "gradients"}:
                for number, case in enumerate(trial.cases):
                    if case.training:
                        batch = batch_of(graph, weights, case.inputs, case.seed)
                        trial.loss_batches[number] = batch
            if "train" in wanted:
                steps, seed = self.settings.steps, self.settings.seed
                trial.batches = batches(graph, weights, steps, seed)

    def _emit(self, trial: Trial, name: str, backend: Backend) -> None:
        try:
            with self._timed("emitting"):
                plan = backend.plan(trial.graph)
        except SpecError as error:
            self._not_emitted(trial, name, str(error))
            return
        except Exception:  # a backend's own fault is that backend's failure
            self._not_emitted(trial, name, traceback.format_exc())
            return
        folder = self.pool.path(f"{trial.graph.name}-{name}")
        emitted = trial.emitted[name] = Emitted(name, backend.worker, plan, folder)
        emitted.write()
        for dtype in self.settings.dtypes:
            self._submit(trial, emitted, dtype)

    def _not_emitted(self, trial: Trial, name: str, detail: str) -> None:
        for dtype in self.settings.dtypes:
            trial.tally.wrong("structure", dtype, name, "", detail)

    def _submit(self, trial: Trial, emitted: Emitted, dtype: str) -> None:
        worker = self.pool.start(emitted.worker, dtype)
        name = emitted.backend
        marked = trial.marked.setdefault(dtype, marked_weights(trial.graph, dtype))
        given = self.pool.store("marked", emitted.weights(marked, dtype))
        job = {"kind": "describe", "model": emitted.model, "weights": given}
        trial.described[name, dtype] = worker.submit(job)
        weights = self.pool.store("weights", emitted.weights(trial.weights, dtype))
        for number, case in enumerate(trial.cases):
            future = self._pass(worker, emitted, case, dtype, weights)
            trial.passes[name, dtype, number] = future
        job = {"model": emitted.model, "weights": weights}
        for number, batch in trial.loss_batches.items():
            arrays = self.pool.store("batch", emitted.batch(batch, dtype))
            future = worker.submit({**job, "kind": "loss", "arrays": arrays})
            trial.losses[name, dtype, number] = future
        if trial.batches:
            given = {
                f"{step}:{key}": array
                for step, batch in enumerate(trial.batches)
                for key, array in emitted.batch(batch, dtype).items()
            }
            job |= {"kind": "train", "steps": len(trial.batches)}
            job |= {"arrays": self.pool.store("batches", given)}
            trial.trainings[name, dtype] = worker.submit(job)

    def _pass(
        self, worker: Worker, emitted: Emitted, case: Case, dtype: str, weights: str
    ) -> Future[Result]:
        arrays = emitted.inputs(case, dtype)
        job = {
            "kind": "run",
            "model": emitted.model,
            "weights": weights,
            "arrays": self.pool.store("inputs", arrays),
            "training": case.training,
            "later": case.training and bool(case.reference.buffers),
        }
        return worker.submit(job)

    def _finish(self, trial: Trial) -> Tally:
        """Judges all that came back."""
        for name, emitted in trial.emitted.items():
            for dtype in self.settings.dtypes:
                self._expect(trial, name, dtype)
                self._describe(trial, emitted, dtype)
        for number, case in enumerate(trial.cases):
            with self._timed("reference"):
                trained = trained_weights(trial.graph)
                oracle = consult(trial.graph, trial.weights, case, trained)
            self._judge(trial, number, case, oracle)
            self._judge_losses(trial, number, case)
        for dtype in self.settings.dtypes:
            self._judge_training(trial, dtype)
        self._close(trial)
        return trial.tally

    def _expect(self, trial: Trial, name: str, dtype: str) -> None:
        """Says which checks of a backend must compare something."""
        pair = (name, REFERENCE)
        wanted = ["structure", "outputs", "layers"]
        if any(case.cotangents for case in trial.cases):
            wanted.append("gradients")
        if buffers_of(trial.graph):
            wanted.append("buffers")
        if trial.graph.parameters():
            wanted.append("weights")
        if trial.graph.training is not None:
            wanted += ["loss", "train"]
        for check in wanted:
            trial.tally.expect(check, dtype, pair)

    def _describe(self, trial: Trial, emitted: Emitted, dtype: str) -> None:
        future = trial.described[emitted.backend, dtype]
        result = self._result(trial, emitted.backend, dtype, future, "structure", "")
        if result is not None:
            marked = trial.marked[dtype]
            judge_structure(trial.tally, emitted, marked, result, dtype)

    def _judge(self, trial: Trial, number: int, case: Case, oracle: Oracle) -> None:
        for dtype in self.settings.dtypes:
            found: dict[str, Outcome] = {}
            for name, emitted in trial.emitted.items():
                future = trial.passes.pop((name, dtype, number))
                result = self._result(trial, name, dtype, future, "outputs", case.name)
                if result is None:
                    continue
                with self._timed("comparing"):
                    outcome = found[name] = emitted.outcome(result.arrays)
                    judge(trial.tally, emitted, case, oracle, outcome, dtype)
            if dtype == "float64":
                with self._timed("comparing"):
                    for one, other in itertools.combinations(found, 2):
                        names = (one, other)
                        args = (case, oracle, found[one], found[other])
                        judge_pair(trial.tally, names, *args)

    def _judge_losses(self, trial: Trial, number: int, case: Case) -> None:
        batch = trial.loss_batches.get(number)
        if batch is None:
            return
        for (name, dtype, of), future in list(trial.losses.items()):
            if of != number:
                continue
            del trial.losses[name, dtype, of]
            result = self._result(trial, name, dtype, future, "loss", case.name)
            if result is not None:
                with self._timed("judging losses"):
                    emitted = trial.emitted[name]
                    args = (batch, result.arrays, dtype, case.name)
                    judge_loss(trial.tally, emitted, trial.weights, *args)

    def _judge_training(self, trial: Trial, dtype: str) -> None:
        taken: dict[str, list[Step]] = {}
        for name, emitted in trial.emitted.items():
            future = trial.trainings.pop((name, dtype), None)
            if future is None:
                continue
            result = self._result(trial, name, dtype, future, "train", "")
            if result is None:
                continue
            with self._timed("judging steps"):
                steps = recorded(emitted, result.arrays, len(trial.batches))
                count = len(trial.batches)
                judge = Judge(trial.tally, name, dtype, trial.weights, count)
                judge.judge(trial.batches, steps)
            if dtype == "float64":
                taken[name] = steps
        with self._timed("judging steps"):
            for one, other in itertools.combinations(taken, 2):
                judge_steps(trial.tally, (one, other), taken[one], taken[other])

    def _result(
        self,
        trial: Trial,
        name: str,
        dtype: str,
        future: Future[Result],
        check: str,
        case: str,
    ) -> Result | None:
        """A job's result; a failure is that check's."""
        try:
            with self._timed("waiting for workers"):
                return future.result()
        except WorkerFailed as error:
            trial.tally.wrong(check, dtype, name, "", str(error), case, error.died)
            return None

    def _close(self, trial: Trial) -> None:
        """Holds that every value and weight was compared in every backend, or says why."""
        graph = trial.graph
        for title in graph.inputs:
            trial.tally.skip(title, "a model input: given, not computed")
        needed = {value.name for value in graph.values()} - graph.inputs.keys()
        for name in trial.emitted:
            compared = trial.tally.compared.get(name, set())
            for value in sorted(needed - compared):
                if "layers" in self.settings.checks:
                    dtype = self.settings.dtypes[0]
                    detail = "this value was never compared"
                    trial.tally.wrong("structure", dtype, name, value, detail)

    def _timed(self, what: str) -> _Timer:
        return _Timer(self.seconds, what)


class _Timer:
    """Adds the seconds spent inside to a table."""

    def __init__(self, seconds: dict[str, float], what: str) -> None:
        self.seconds = seconds
        self.what = what

    def __enter__(self) -> None:
        self.start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        spent = time.perf_counter() - self.start
        self.seconds[self.what] = self.seconds.get(self.what, 0.0) + spent
