"""Where it went wrong: each node alone, on the reference's inputs, then the wiring.

A failure of outputs or gradients shows in many values.  Every node is emitted as a
model of its own by the same rules, and run on what the reference feeds it; the first
that is wrong by itself is the one.  If none is, values are wired wrongly: then the
first value that differs is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from specgraph.backend import Backend
from specgraph.diagnostics import SpecError
from specgraph.ir.graph import Graph, Input, Node, Value
from specgraph.parity.cases import Case, case_of
from specgraph.parity.checks import REFERENCE, Check
from specgraph.parity.compare import error_of, floor_of, scale_of
from specgraph.parity.emitted import Emitted
from specgraph.parity.evidence import spec_line
from specgraph.parity.gates import EXACT
from specgraph.parity.oracle import consult
from specgraph.parity.pool import Pool, WorkerFailed
from specgraph.parity.semantics import judge
from specgraph.parity.signatures import cause
from specgraph.parity.tally import Tally
from specgraph.reference.base import Array
from specgraph.reference.interpret import weights_at

EXACT_DTYPE = "float64"
ALONE = frozenset({"structure", "outputs", "gradients", "buffers"})
"""The checks that tell of a node by itself."""
OF_THE_MODEL = frozenset({"outputs", "layers", "gradients", "buffers"})
DTYPES = ("float64", "float32")
LINES = 3
"""Lines of source that are shown of a place."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A failure: the model that is wrong, the others beside it, and the case."""

    emitted: Emitted
    beside: Mapping[str, Emitted]
    backend: Backend
    case: Case
    pool: Pool

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self.emitted.graph

    def run(self, emitted: Emitted, case: Case) -> dict[str, Array]:
        """What the worker makes of a case; raises WorkerFailed."""
        weights = emitted.weights(case.weights, EXACT_DTYPE)
        job = {
            "kind": "run",
            "model": emitted.model,
            "weights": self.pool.store("weights", weights),
            "arrays": self.pool.store("inputs", emitted.inputs(case, EXACT_DTYPE)),
            "training": case.training,
            "later": False,
        }
        worker = self.pool.start(emitted.worker, EXACT_DTYPE)
        return worker.submit(job).result().arrays


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a backend goes wrong: the node, and a few lines for people."""

    node: str
    text: str


def localise(scene: Scene) -> Finding:
    """Where a backend goes wrong, and whether it is more than noise."""
    for node in scene.graph.walk():
        fault = _fault(scene, node)
        if fault is not None:
            check, sign = fault
            title = f"{node.name} ({node.op.label}) is wrong by itself: {_blame(check)}"
            lines = [title, *sign, *_places(scene, node, node.output.name)]
            return Finding(node.name, "\n".join(lines))
    return _wiring(scene)


def _blame(check: Check) -> str:
    if not np.isfinite(check.error):
        return check.detail or f"its {check.check} are no numbers"
    return f"its {check.check} are off by {check.error:.1e}, {_wrong_or_noise(check.error)}"


def _wrong_or_noise(error: float) -> str:
    if error > EXACT:
        return f"which is wrong, not noise: rounding explains {EXACT:.0e} at most"
    return "which rounding explains"


def _fault(scene: Scene, node: Node) -> tuple[Check, list[str]] | None:
    """What is wrong with a node alone, and what that looks like.

    None if nothing is, or it cannot be alone.
    """
    if not len(node.inputs):
        return None
    graph = alone(scene.graph, node)
    run = scene.case.reference
    weights = {
        f"{node.name}.{name}": array
        for name, array in weights_at(node, scene.case.weights).items()
    }
    fed = dict.fromkeys(node.inputs)
    inputs = {
        name: run.values[value.name]
        for name, value in zip(graph.inputs, fed, strict=True)
    }
    given = scene.case
    case = case_of(graph, weights, inputs, given.training, given.seed, given.name)
    tally = Tally(graph, ALONE)
    try:
        plan = scene.backend.plan(graph)
        folder = scene.pool.path("alone")
        emitted = Emitted(scene.emitted.backend, scene.emitted.worker, plan, folder)
        emitted.write()
        arrays = scene.run(emitted, case)
    except (SpecError, WorkerFailed):
        return None
    oracle = consult(graph, weights, case)
    outcome = emitted.outcome(arrays, case)
    judge(tally, emitted, case, oracle, outcome, EXACT_DTYPE)
    wrong = next((check for check in tally.checks() if not check.passed), None)
    if wrong is None:
        return None
    signs = (
        _sign(array, oracle.outputs[name])
        for name, array in outcome.outputs.items()
        if name in oracle.outputs
    )
    return wrong, next(filter(None, signs), [])


def _sign(found: Array, wanted: Array) -> list[str]:
    """A line that says what a difference looks like, if it looks like anything known."""
    told = cause(found, wanted)
    return [f"it looks like this: {told}"] if told else []


def alone(graph: Graph, node: Node) -> Graph:
    """A graph of one node, whose inputs are the model's."""
    entered: dict[Value, Input] = {}
    for value in node.inputs:
        if value not in entered:
            fed = Value(f"fed_{len(entered)}", value.type)
            place = next(iter(graph.inputs.values())).at
            entered[value] = Input(fed, None, place)
    outputs = {key: Value(v.name, v.type) for key, v in node.outputs.items()}
    copy = replace(
        node,
        inputs=node.inputs.map(lambda value: entered[value].value),
        outputs=outputs,
        owner=None,
        ties={},
    )
    for value in outputs.values():
        value.producer = copy
    return replace(
        graph,
        inputs={entry.name: entry for entry in entered.values()},
        items=[copy],
        outputs={f"given_{key}": value for key, value in outputs.items()},
        training=None,
        logits={},
    )


def _wiring(scene: Scene) -> Finding:
    """The first value that differs, where no node does by itself."""
    try:
        arrays = scene.run(scene.emitted, scene.case)
    except WorkerFailed as failure:
        return Finding("", f"it could not be run again: {failure}")
    found = scene.emitted.outcome(arrays, scene.case)
    wanted = scene.case.reference.values
    floor = floor_of(wanted.values())
    for node, name in _values(scene.graph):
        array = found.values.get(name)
        if array is None:
            continue
        error = error_of(array, wanted[name], scale_of(wanted[name], floor))
        if error > EXACT:
            title = (
                f"every layer is right by itself; {name} is the first value that "
                f"differs, by {error:.1e}: it is given something else than the spec says"
            )
            lines = [title, *_sign(array, wanted[name]), *_places(scene, node, name)]
            return Finding(node.name, "\n".join(lines))
    return Finding("", "every layer is right by itself, and so is every value")


def _values(graph: Graph) -> Iterator[tuple[Node, str]]:
    for node in graph.walk():
        for value in node.outputs.values():
            yield node, value.name


def _places(scene: Scene, node: Node, value: str) -> list[str]:
    """The lines of the spec and of the emitted files that make a value."""
    lines = [spec_line(node)]
    for name, emitted in {scene.emitted.backend: scene.emitted, **scene.beside}.items():
        tap = emitted.plan.taps.get(value)
        if tap is not None:
            text = emitted.plan.files["model.py"].splitlines()
            shown = text[
                tap.span.line - 1 : min(tap.span.end_line, tap.span.line + LINES)
            ]
            source = " ".join(line.strip() for line in shown)
            lines.append(f"{name}/model.py:{tap.span.line}: {source}")
    return lines


def place_training(tally: Tally, emitted: Emitted) -> None:
    """Says of failures in training where they come from, if the model is right."""
    at = tally.graph.training_at
    pair = (emitted.backend, REFERENCE)
    model = tally.failing(emitted.backend, OF_THE_MODEL)
    if at is None or (model is not None and not model.case.startswith("loss, ")):
        return
    for check, dtype in product(("loss", "gradients", "train"), DTYPES):
        worst = tally.pairs.get((check, dtype, pair))
        if worst is None or worst.ratio <= 1 or worst.raised:
            continue
        if check == "gradients" and not worst.case.startswith("loss, "):
            continue
        # A slot of the optimizer's state is told as `dense.kernel velocity`.
        weight = worst.value.partition(" ")[0]
        stepped = check == "train" and weight in tally.graph.parameters(trainable=True)
        part = "optimizer" if stepped else "loss"
        worst.at = f"{at.file}:{at.line}"
        shown = [worst.detail, *_defined(emitted, part)]
        worst.detail = "\n".join(filter(None, shown))


def _defined(emitted: Emitted, part: str) -> list[str]:
    """The line of train.py where a part of training is said."""
    for number, line in enumerate(emitted.plan.files["train.py"].splitlines(), 1):
        if line.startswith(f"def {part}("):
            return [f"{emitted.backend}/train.py:{number}: {line}"]
    return []
