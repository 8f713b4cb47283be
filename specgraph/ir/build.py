"""Spec to typed graph: references resolved, attributes filled, shapes inferred."""

from __future__ import annotations

from specgraph.definition import CallError
from specgraph.diagnostics import Location, Problems
from specgraph.ir.attributes import Attributes
from specgraph.ir.graph import UNKNOWN, Graph, Input, Value
from specgraph.ir.inputs import InputReader
from specgraph.ir.scope import BROKEN, Frame, Handle, Scope
from specgraph.ir.sequence import SequenceBuilder
from specgraph.ir.verify import check_graph
from specgraph.ops.sizes import Bounds
from specgraph.spec.evaluate import Evaluator, Unreadable
from specgraph.spec.nodes import Mapping, Node
from specgraph.spec.schema import Spec
from specgraph.training.config import Training, parse_training


def build_graph(spec: Spec) -> Graph:
    """The typed graph of a spec; raises SpecError with every problem."""
    problems = Problems()
    graph = _Builder(spec, problems).graph()
    problems.raise_if_any()
    assert graph is not None
    check_graph(graph, spec, problems)
    problems.raise_if_any()
    return graph


def look_further(spec: Spec, problems: Problems) -> None:
    """Records the problems in what can be read of a spec that has some already."""
    _Builder(spec, problems).graph()


class _Builder:
    def __init__(self, spec: Spec, problems: Problems) -> None:
        self.spec = spec
        self.problems = problems
        self.bounds: dict[str, Bounds] = dict(spec.dims)
        self.evaluator = Evaluator(spec.params, problems)
        self.attributes = Attributes(self.evaluator, spec.semantics, spec.defaults)
        self.inputs: dict[str, Input] = {}
        self.layers = SequenceBuilder(
            self.attributes, self.inputs, self.bounds, spec.layout
        )

    def graph(self) -> Graph | None:
        """The graph; None where problems have been recorded."""
        spec = self.spec
        evaluator = Evaluator(dict(spec.params), self.problems)
        top = Frame(Scope(()), [], evaluator)
        before = self._inputs(top)
        last = self.layers.all(spec.layers, top, before, spec.outputs or ())
        outputs = self._outputs(top, last)
        training = self._train(tuple(outputs))
        if self.problems:
            return None
        return Graph(
            name=spec.name,
            file=spec.file,
            description=spec.description,
            semantics=spec.semantics,
            layout=spec.layout,
            inputs=self.inputs,
            items=top.items,
            outputs=outputs,
            bounds=self.bounds,
            training=training,
            training_at=self._training_at(),
            deviations=spec.deviations,
            variant=spec.variant,
        )

    def _inputs(self, top: Frame) -> Handle | None:
        """Reads the inputs; gives what the first layer takes if it does not say."""
        reader = InputReader(self.evaluator, self.spec.layout, self.bounds)
        for written in self.spec.inputs:
            top.scope.claim(written.name, written.at, self.problems)
            entry = reader.input(written)
            top.names[written.name] = BROKEN
            if entry is not None:
                self.inputs[written.name] = entry
                top.names[written.name] = Handle.of(entry.value)
        if len(self.spec.inputs) > 1:
            return None
        return next(iter(top.names.values()), BROKEN)

    def _outputs(self, top: Frame, last: Handle | None) -> dict[str, Value]:
        if self.spec.outputs is not None:
            return self._named_outputs(top)
        if last is None:
            return {}
        if last.several:
            return dict(last.outputs)
        made = last.first.producer
        name = made.path[-1] if made else self.layers.calls.names.get(last.first)
        return {name or "output": last.first}

    def _named_outputs(self, top: Frame) -> dict[str, Value]:
        """Outputs as written; one that bears a layer's name must be of that layer."""
        found = {}
        for output in self.spec.outputs or ():
            name = output.name
            value = found[name] = top.one(output.reference, self.problems)
            taken = top.scope.taken.get(name)
            same = top.names.get(name)
            if taken is None or value is UNKNOWN:
                continue
            if same is None or value not in same.outputs.values():
                message = f"the name `{name}` is taken"
                hint = f"line {taken.line} has it, and this output is of another layer"
                self.problems.add("duplicate-name", message, output.at, hint)
        return found

    def _training_at(self) -> Location | None:
        root = self.spec.document.root
        key = root.keys.get("train") if isinstance(root, Mapping) else None
        return key.at if key is not None else None

    def _check_batches(self, training: Training, node: Node) -> None:
        """A batch holds inputs and targets by name: no two of them may have one."""
        for name in training.losses.keys() & self.inputs.keys():
            message = (
                f"the output `{name}` has a loss and the name of an input, so a batch "
                "cannot hold both its target and the input"
            )
            hint = "give the output another name under `outputs`"
            self.problems.add("duplicate-name", message, node, hint)

    def _train(self, outputs: tuple[str, ...]) -> Training | None:
        node = self.spec.train
        if node is None:
            return None
        try:
            data = self.evaluator.value(node)
            assert isinstance(data, dict)
            found = parse_training(data, outputs, self.spec.semantics)
            self._check_batches(found, node)
            return found
        except Unreadable:
            return None
        except CallError as error:
            for problem in error.problems:
                self.attributes.record(problem, node, node)
            return None
