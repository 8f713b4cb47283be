"""Runs every check on graphs: emits, hands jobs to the workers, judges what comes back."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

from specgraph.backend import dtypes_of, without_of
from specgraph.ir.graph import Graph
from specgraph.parity.cases import Case, unused
from specgraph.parity.checks import REFERENCE
from specgraph.parity.emitted import Emitted, Outcome
from specgraph.parity.evidence import account
from specgraph.parity.half import judge_halves, submit_half
from specgraph.parity.localise import Scene, localise, place_training
from specgraph.parity.oracle import Oracle, consult, has_gradients
from specgraph.parity.pairs import PairJudge, drift_of, moved
from specgraph.parity.pool import Pool, Result, WorkerFailed
from specgraph.parity.randomness import judge_randomness
from specgraph.parity.semantics import buffers_of, judge, judge_pair
from specgraph.parity.starts import judge_starts
from specgraph.parity.structure import judge_structure, weights_in
from specgraph.parity.tally import Tally
from specgraph.parity.training import Judge, Step, judge_loss, step_of
from specgraph.parity.trial import (
    Settings,
    Team,
    Trial,
    emit,
    prepare,
    submit,
    training_again,
)
from specgraph.reference.interpret import Arrays

LOCALISED = frozenset({"outputs", "layers", "gradients", "buffers"})
"""The checks whose failures are traced to a node."""


class Runner:
    """Checks graphs one after the other, while the workers are a graph ahead."""

    def __init__(
        self, team: Team, pool: Pool, settings: Settings, told: dict[str, str]
    ) -> None:
        self.team = team
        self.pool = pool
        self.settings = settings
        self.told = told
        """By cause, where a report has the evidence of a failure already."""
        self.seconds: dict[str, float] = {}
        for name, backend in team.present.items():
            for dtype in (*self._dtypes(name), *self._halves(name)):
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
            trial = prepare(graph, self.settings)
        for name, reason in self.team.missing.items():
            for dtype in self.settings.dtypes:
                self._expect(trial, name, dtype)
                lacking = WorkerFailed(reason, True, reason)
                self._failed(trial, name, dtype, "structure", lacking)
        for name, backend in self.team.present.items():
            with self._timed("emitting"):
                failure = emit(trial, name, backend, self.pool)
            if not self._dtypes(name):
                why = f"{name} is compared in {' and '.join(dtypes_of(backend))} alone"
                dtype = self.settings.dtypes[0]
                self._failed(
                    trial, name, dtype, "structure", WorkerFailed(why, True, why)
                )
                trial.emitted.pop(name, None)
                continue
            for dtype in self._dtypes(name):
                self._expect(trial, name, dtype)
                if failure is not None:
                    self._failed(trial, name, dtype, "structure", failure)
                    continue
                with self._timed("inputs"):
                    submit(trial, trial.emitted[name], dtype, self.pool)
            for dtype in self._halves(name) if failure is None else ():
                with self._timed("inputs"):
                    submit_half(trial, trial.emitted[name], dtype, self.pool)
        return trial

    def _dtypes(self, name: str) -> list[str]:
        """What is asked for of the dtypes that a backend can be compared in."""
        able = dtypes_of(self.team.present[name])
        return [dtype for dtype in self.settings.dtypes if dtype in able]

    def _halves(self, name: str) -> list[str]:
        able = dtypes_of(self.team.present[name])
        return [dtype for dtype in self.settings.halves if dtype in able]

    def _finish(self, trial: Trial) -> Tally:
        """Judges all that came back."""
        for name, emitted in trial.emitted.items():
            for dtype in self._dtypes(name):
                self._judge_structure(trial, emitted, dtype)
        for number, case in enumerate(trial.cases):
            with self._timed("reference"):
                oracle = consult(trial.graph, trial.weights, case)
            for dtype in self.settings.dtypes:
                self._judge_case(trial, number, case, oracle, dtype)
                self._judge_losses(trial, number, case, dtype)
        for dtype in self.settings.dtypes:
            self._judge_training(trial, dtype)
            self._judge_randomness(trial, dtype)
        self._judge_halves(trial)
        self._close(trial)
        with self._timed("localising"):
            for name in trial.emitted:
                self._localise(trial, name)
                place_training(trial.tally, trial.emitted[name])
        for path in trial.files:
            os.unlink(path)
        return trial.tally

    def _expect(self, trial: Trial, name: str, dtype: str) -> None:
        """Says which checks of a backend must compare something."""
        wanted = ["structure", "outputs"]
        idle = unused(trial.graph) | trial.graph.inputs.keys()
        if any(value.name not in idle for value in trial.graph.values()):
            wanted.append("layers")
        else:
            reason = "not applicable: no output follows from a layer"
            trial.tally.skip("layers", reason)
        if has_gradients(trial.graph):
            wanted.append("gradients")
        if buffers_of(trial.graph):
            wanted.append("buffers")
        if trial.graph.parameters().keys() - trial.graph.idle()[1]:
            wanted.append("weights")
        if trial.drawn is not None:
            wanted.append("random")
        if trial.graph.training is not None:
            wanted += ["loss", "train"]
        left_out = (
            without_of(self.team.present[name]) if name in self.team.present else {}
        )
        for check in wanted:
            if check in left_out:
                trial.tally.skip(f"{check} of {name}", left_out[check])
            else:
                trial.tally.expect(check, dtype, (name, REFERENCE))

    def _judge_structure(self, trial: Trial, emitted: Emitted, dtype: str) -> None:
        """Judges a model before it runs: new, and with the weights that it was given."""
        key = emitted.backend, dtype
        futures = (trial.started.pop(key, None), trial.described[key])
        # A model that cannot be built shows in the first job, whichever that is.
        started, described = (
            self._result(trial, *key, future, "structure", "") if future else None
            for future in futures
        )
        if described is not None:
            marked = trial.marked[dtype]
            judge_structure(trial.tally, emitted, marked, described, dtype)
        if started is not None:
            with self._timed("judging starts"):
                judge_starts(trial.tally, emitted, weights_in(started), dtype)

    def _judge_case(
        self, trial: Trial, number: int, case: Case, oracle: Oracle, dtype: str
    ) -> None:
        found: dict[str, Outcome] = {}
        for name, emitted in trial.emitted.items():
            future = trial.passes.pop((name, dtype, number), None)
            if future is None:
                continue
            result = self._result(trial, name, dtype, future, "outputs", case.name)
            if result is None:
                continue
            with self._timed("comparing"):
                outcome = found[name] = emitted.outcome(result.arrays, case)
                judge(trial.tally, emitted, case, oracle, outcome, dtype)
        if dtype != "float64":
            return
        with self._timed("comparing"):
            for one, other in itertools.combinations(found, 2):
                names = (one, other)
                judge_pair(trial.tally, names, case, oracle, found[one], found[other])

    def _judge_losses(self, trial: Trial, number: int, case: Case, dtype: str) -> None:
        for name, emitted in trial.emitted.items():
            future = trial.losses.pop((name, dtype, number), None)
            if future is None:
                continue
            result = self._result(trial, name, dtype, future, "loss", case.name)
            if result is not None:
                with self._timed("judging losses"):
                    batch = trial.loss_batches[number]
                    args = (trial.weights, batch, result.arrays, dtype, case.name)
                    judge_loss(trial.tally, emitted, *args)

    def _judge_training(self, trial: Trial, dtype: str) -> None:
        count = len(trial.batches)
        results: dict[str, Result] = {}
        for name in trial.emitted:
            future = trial.trainings.pop((name, dtype), None)
            if future is None:
                continue
            result = self._result(trial, name, dtype, future, "train", "")
            if result is not None:
                results[name] = result
        judges = {
            name: Judge(trial.tally, name, dtype, trial.weights, count)
            for name in results
        }
        pairs = [
            PairJudge(trial.tally, names, count)
            for names in itertools.combinations(results, 2)
            if dtype == "float64"
        ]
        with self._timed("judging steps"):
            for number, batch in enumerate(trial.batches if results else ()):
                steps = {
                    name: step_of(trial.emitted[name], result.step(number))
                    for name, result in results.items()
                }
                for name, step in steps.items():
                    judges[name].judge(number, batch, step)
                for pair in pairs:
                    pair.judge(number, *(steps[name] for name in pair.names))
            for pair in pairs:
                if pair.failed:
                    self._judge_again(trial, pair)

    def _judge_again(self, trial: Trial, failed: PairJudge) -> None:
        """Judges two backends that differ, knowing how far rounding carries."""
        weights = moved(trial.weights, self.settings.seed)
        first, second = (trial.emitted[name] for name in failed.names)
        try:
            runs = [
                self._steps(trial, emitted, given)
                for emitted, given in (
                    (first, trial.weights),
                    (second, trial.weights),
                    (first, weights),
                )
            ]
        except WorkerFailed:
            return  # what is noted stands
        drift = drift_of(trial.graph, runs[0], runs[2])
        tally = trial.tally
        del tally.pairs["train", "float64", failed.names]
        judge = PairJudge(tally, failed.names, failed.steps, drift)
        for number, steps in enumerate(zip(runs[0], runs[1], strict=True)):
            judge.judge(number, *steps)

    def _steps(self, trial: Trial, emitted: Emitted, weights: Arrays) -> list[Step]:
        """The steps of a training in float64, from some weights."""
        future, path = training_again(trial, emitted, weights, self.pool)
        try:
            result = future.result()
        finally:
            os.unlink(path)
        count = range(len(trial.batches))
        return [step_of(emitted, result.step(number)) for number in count]

    def _judge_halves(self, trial: Trial) -> None:
        """Judges the passes in half precision."""
        with self._timed("half precision"):
            for name, dtype, failure, case in judge_halves(trial):
                self._failed(trial, name, dtype, "outputs", failure, case)

    def _judge_randomness(self, trial: Trial, dtype: str) -> None:
        case = trial.drawn
        if case is None:
            return
        for name, emitted in trial.emitted.items():
            future = trial.draws.get((name, dtype))
            if future is None:
                continue
            result = self._result(trial, name, dtype, future, "random", case.name)
            if result is not None:
                outcome = emitted.outcome(result.arrays, case)
                judge_randomness(trial.tally, emitted, case, outcome, dtype)

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
        except WorkerFailed as failure:
            self._failed(trial, name, dtype, check, failure, case)
            return None

    def _failed(
        self,
        trial: Trial,
        name: str,
        dtype: str,
        check: str,
        failure: WorkerFailed,
        case: str = "",
    ) -> None:
        """Notes a failed job: the first of a cause with its evidence, others without."""
        tally = trial.tally
        if failure.cause in self.told:
            tally.miss(check, dtype, name, self.told[failure.cause])
            return
        emitted = trial.emitted.get(name)
        detail = account(failure, emitted) if emitted else str(failure)
        tally.broke(check, dtype, name, detail, case, failure.died, failure.cause)
        self.told[failure.cause] = tally.stopped[dtype, name]

    def _close(self, trial: Trial) -> None:
        """Holds that every value was compared in every backend, or says why not."""
        graph = trial.graph
        for title in graph.inputs:
            trial.tally.skip(title, "a model input: given, not computed")
        needed = {value.name for value in graph.values()} - graph.inputs.keys()
        for title in unused(graph) - graph.inputs.keys():
            if any(title not in emitted.taps for emitted in trial.emitted.values()):
                needed.discard(title)
                reason = "no output follows from it, so a backend need not compute it"
                trial.tally.skip(title, reason)
        if "layers" not in self.settings.checks:
            return
        stopped = {backend for _, backend in trial.tally.stopped}
        for name in trial.emitted.keys() - stopped:
            for value in sorted(needed - trial.tally.compared.get(name, set())):
                dtype = self.settings.dtypes[0]
                detail = "this value was never compared"
                trial.tally.wrong("structure", dtype, name, value, detail)

    def _localise(self, trial: Trial, name: str) -> None:
        """Adds to the first failure of a backend where it comes from."""
        worst = trial.tally.failing(name, LOCALISED)
        if worst is None:
            return
        cases = (c for c in trial.cases if c.name == worst.case.removeprefix("loss, "))
        case = next(cases, None)
        if case is None:
            return
        emitted = trial.emitted[name]
        beside = {n: e for n, e in trial.emitted.items() if n != name}
        scene = Scene(emitted, beside, self.team.present[name], case, self.pool)
        found = localise(scene)
        worst.node = found.node
        worst.detail = "\n".join(filter(None, [worst.detail, found.text]))

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        """Adds the seconds spent inside to a table."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.seconds[what] = self.seconds.get(what, 0.0) + spent
