"""Spec to typed graph: references resolved, attributes filled, shapes inferred."""

from __future__ import annotations

from specgraph.definition import CallError
from specgraph.diagnostics import Problems
from specgraph.ir.attributes import Attributes
from specgraph.ir.graph import UNKNOWN, Call, Graph, Input, Node, Value
from specgraph.ir.infer import Ill, bind, infer
from specgraph.ir.inputs import InputReader
from specgraph.ir.scope import BROKEN, Frame, Handle, Scope
from specgraph.ir.verify import check_graph
from specgraph.ops.base import Bound, Op
from specgraph.ops.regularize import SpatialDropout
from specgraph.ops.sizes import Bounds
from specgraph.ops.window import Windowed
from specgraph.spec.evaluate import Evaluator, Unreadable
from specgraph.spec.schema import Layer, Spec
from specgraph.training.config import Training, parse_training

MOST_LAYERS = 1_000_000

Operands = list[Value] | dict[str, list[Value]]
"""Values for an op, by position or by the names of its inputs."""


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
        self.layers = 0

    def graph(self) -> Graph | None:
        """The graph; None where problems have been recorded."""
        spec = self.spec
        top = Frame(Scope(()), [])
        before = self._inputs(top)
        top.scope.name_layers(spec.layers, self.problems)
        last = self._sequence(spec.layers, top, before)
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
            deviations=spec.deviations,
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

    def _sequence(
        self, layers: tuple[Layer, ...], frame: Frame, before: Handle | None
    ) -> Handle | None:
        """Adds layers one after another; gives what the last one stands for."""
        names = frame.scope.layers
        frame.later = {names[id(layer)]: layer for layer in layers}
        for layer in layers:
            self.layers += 1
            if self.layers > MOST_LAYERS:
                message = f"more than {MOST_LAYERS:,} layers, the limit"
                self.problems.fail("too-many-layers", message, layer.at)
            name = names[id(layer)]
            frame.current = layer
            before = self._layer(layer, name, frame, before)
            frame.later.pop(name, None)
            frame.names[name] = before
        return before

    def _layer(
        self, layer: Layer, name: str, frame: Frame, before: Handle | None
    ) -> Handle:
        """What a layer stands for."""
        if layer.form == "broken":
            return BROKEN
        if layer.form == "call":
            op = self._op(layer)
            values = self._operands(layer, op, frame, before)
            return self._node(layer, op, name, frame, values)
        if layer.sources is not None:
            before = self._start(layer, frame)
        if layer.form == "group":
            return self._group(layer, name, frame, before)
        return self._branches(layer, name, frame, before)

    def _start(self, layer: Layer, frame: Frame) -> Handle:
        """What a group, or branches, begin with by their `from`."""
        assert layer.sources is not None
        references = layer.sources.positional
        if references == ():
            return BROKEN
        if references is None or len(references) > 1:
            what = "a group takes" if layer.form == "group" else "`branches` take"
            message = f"{what} one input"
            hint = "layers inside can name others with `from`"
            self.problems.add("bad-reference", message, layer.sources.at, hint)
            return BROKEN
        return Handle.of(frame.find(references[0], self.problems))

    def _no_input(self, layer: Layer) -> None:
        names = ", ".join(self.inputs)
        message = "the first layer must say what it takes"
        hint = f"write `from:` and one of the inputs: {names}"
        self.problems.add("missing-from", message, layer.at, hint)

    def _group(
        self, layer: Layer, name: str, frame: Frame, before: Handle | None
    ) -> Handle:
        scope = Scope((*frame.scope.path, name))
        scope.name_layers(layer.layers, self.problems)
        call = Call(scope.path, "group", [], layer.at.at)
        frame.items.append(call)
        trained = frame.trainable and layer.trainable
        inner = Frame(scope, call.items, frame, trainable=trained)
        return self._sequence(layer.layers, inner, before) or BROKEN

    def _branches(
        self, layer: Layer, name: str, frame: Frame, before: Handle | None
    ) -> Handle:
        ends: dict[str, Value] = {}
        for branch, layers in layer.branches:
            last = self._sequence(layers, frame.inside(layer, branch), before)
            if last is None:
                self._no_input(layer)
            ends[branch] = (last or BROKEN).first
        if layer.merge is None:
            return Handle(ends, several=True)
        return self._node(
            layer, self._op(layer.merge), name, frame, list(ends.values())
        )

    def _op(self, layer: Layer) -> Op | None:
        if layer.form == "broken":
            return None
        return self.attributes.op(layer.call, layer.argument, layer.at)

    def _operands(
        self, layer: Layer, op: Op | None, frame: Frame, before: Handle | None
    ) -> Operands:
        sources = layer.sources
        if sources is None:
            if op is not None and not op.ports:
                return []
            if before is None:
                self._no_input(layer)
            return [(before or BROKEN).first]
        if sources.positional == ():
            return [UNKNOWN]
        if sources.positional is not None:
            return [frame.find(ref, self.problems) for ref in sources.positional]
        named = {
            port: [frame.find(ref, self.problems) for ref in references]
            for port, references in sources.named.items()
        }
        first = op.ports[0].name if op is not None and op.ports else None
        if first and first not in named and before is not None:
            named = {first: [before.first], **named}
        return named

    def _node(
        self, layer: Layer, op: Op | None, name: str, frame: Frame, values: Operands
    ) -> Handle:
        if op is None:
            return BROKEN
        at = layer.sources.at if layer.sources else layer.at
        try:
            bound: Bound[Value] = bind(op, values, self.bounds)
        except Ill as error:
            self.problems.add(error.code, error.message, at, error.hint)
            return BROKEN
        if UNKNOWN in bound or self._asks_for_layout(op, bound):
            return BROKEN
        try:
            op, params, types = infer(op, bound.map(lambda value: value.type))
        except Ill as error:
            self.problems.add(error.code, error.message, layer.at, error.hint)
            return BROKEN
        path = (*frame.scope.path, name)
        dotted = ".".join(path)
        outputs = {
            key: Value(dotted if len(types) == 1 else f"{dotted}.{key}", type_)
            for key, type_ in types.items()
        }
        trained = frame.trainable and layer.trainable
        place = layer.at.at
        node = Node(
            path, op, bound, outputs, params, place, trained, frame.branch, layer
        )
        for value in outputs.values():
            value.producer = node
        frame.items.append(node)
        return Handle(outputs)

    def _asks_for_layout(self, op: Op, bound: Bound[Value]) -> bool:
        """Whether a spatial op takes an input that should have said its layout.

        A norm is no matter: its `axis`, left out, is the last one of such an input.
        """
        if self.spec.layout != "channels_first" or not isinstance(
            op, SpatialDropout | Windowed
        ):
            return False
        for entry in self.inputs.values():
            two = len(entry.value.type.shape) == 2 and not entry.layout_written
            if two and entry.value in bound:
                self.problems.add(
                    "missing-layout",
                    f"input `{entry.name}` does not say where the channels are that "
                    f"{op.label} takes",
                    entry.at,
                    "write `layout: channels_first` ([channels, length]), "
                    "`channels_last` or `none` (channels last) at the input",
                )
                return True
        return False

    def _outputs(self, top: Frame, last: Handle | None) -> dict[str, Value]:
        if self.spec.outputs is not None:
            return self._named_outputs(top)
        if last is None:
            return {}
        if last.several:
            return dict(last.outputs)
        made = last.first.producer
        return {made.path[-1] if made else "output": last.first}

    def _named_outputs(self, top: Frame) -> dict[str, Value]:
        """Outputs as written; one that bears a layer's name must be of that layer."""
        found = {}
        for output in self.spec.outputs or ():
            name = output.name
            value = found[name] = top.find(output.reference, self.problems)
            taken = top.scope.taken.get(name)
            same = top.names.get(name)
            if taken is None or value is UNKNOWN:
                continue
            if same is None or value not in same.outputs.values():
                message = f"the name `{name}` is taken"
                hint = f"line {taken.line} has it, and this output is of another layer"
                self.problems.add("duplicate-name", message, output.at, hint)
        return found

    def _train(self, outputs: tuple[str, ...]) -> Training | None:
        node = self.spec.train
        if node is None:
            return None
        try:
            data = self.evaluator.value(node)
            assert isinstance(data, dict)
            return parse_training(data, outputs, self.spec.semantics)
        except Unreadable:
            return None
        except CallError as error:
            for problem in error.problems:
                self.attributes.record(problem, node, node)
            return None
