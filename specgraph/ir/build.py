"""Spec to typed graph: references resolved, attributes filled, shapes inferred."""

from __future__ import annotations

from specgraph.definition import CallError, show
from specgraph.diagnostics import Problems
from specgraph.ir.attributes import Attributes, Unreadable
from specgraph.ir.graph import UNKNOWN, Call, Graph, Input, Item, Node, Value
from specgraph.ir.infer import Ill, bind, infer
from specgraph.ir.scope import Frame, Handle, Scope, written_names
from specgraph.ir.verify import check_graph
from specgraph.ops.base import INTEGERS, Bound, Layout, Op, TensorType
from specgraph.ops.dims import Dim, symbol
from specgraph.ops.sizes import Bounds
from specgraph.spec import schema
from specgraph.spec.names import name_problem
from specgraph.spec.schema import Layer, Spec
from specgraph.spec.source import Node as YamlNode
from specgraph.spec.source import Sequence as YamlSequence
from specgraph.training.config import Training, parse_training

LARGEST = 2**31
MOST_LAYERS = 1_000_000


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
        self.attributes = Attributes(
            spec.params, spec.semantics, spec.defaults, problems
        )
        self.inputs: dict[str, Input] = {}
        self.layers = 0

    def graph(self) -> Graph | None:
        spec = self.spec
        scope = Scope((), reserved=frozenset(written_names(spec.layers)))
        frame = Frame()
        for written in spec.inputs:
            scope.claim(written.name, written.at, self.problems)
            entry = self._input(written)
            value = UNKNOWN
            if entry is not None:
                self.inputs[written.name] = entry
                value = entry.value
            frame.names[written.name] = Handle({"output": value})
        before = None
        if len(spec.inputs) == 1:
            before = frame.names[spec.inputs[0].name]
        elif not spec.inputs:
            before = Handle.broken()
        items: list[Item] = []
        last = self._sequence(spec.layers, scope, frame, before, None, items)
        outputs = self._outputs(scope, frame, last)
        if self.problems:
            self._train(tuple(outputs))
            return None
        training = self._train(tuple(outputs))
        return Graph(
            name=spec.name,
            file=spec.file,
            description=spec.description,
            semantics=spec.semantics,
            layout=spec.layout,
            inputs=self.inputs,
            items=items,
            outputs=outputs,
            bounds=self.bounds,
            training=training,
            deviations=spec.deviations,
        )

    def _input(self, written: schema.Input) -> Input | None:
        shape = self._shape(written)
        if shape is None:
            return None
        layout: Layout = written.layout or "none"
        if written.layout is None and len(shape) in (3, 4):
            layout = self.spec.layout
        if layout != "none" and len(shape) < 2:
            message = (
                f"an input with a layout has two or more dimensions, got {len(shape)}"
            )
            self.problems.add("bad-value", message, written.at)
        value = Value(written.name, TensorType(shape, written.dtype, layout))
        layout_written = written.layout is not None
        return Input(value, self._range(written), written.at, layout_written)

    def _shape(self, written: schema.Input) -> tuple[Dim, ...] | None:
        node = written.shape
        if not isinstance(node, YamlSequence):
            try:
                value = self.attributes.evaluate(node)
            except Unreadable:
                return None
            if not isinstance(value, tuple):
                message = f"a shape is a list of dimensions, got {show(node.plain())}"
                hint = "the batch axis is not written: [28, 28, 1]"
                self.problems.add("wrong-type", message, node, hint)
                return None
            pairs: list[tuple[object, YamlNode]] = [(item, node) for item in value]
        else:
            pairs = []
            for item in node.items:
                try:
                    pairs.append((self.attributes.evaluate(item), item))
                except Unreadable:
                    return None
        dims = [self._dim(value, at) for value, at in pairs]
        return None if None in dims else tuple(dim for dim in dims if dim is not None)

    def _dim(self, value: object, at: YamlNode) -> Dim | None:
        if isinstance(value, str):
            why = name_problem(value)
            if why is None:
                self.bounds.setdefault(value, Bounds())
                return symbol(value)
            message = f"a dimension is an integer or a name, got {show(value)}"
            self.problems.add("bad-value", message, at, why)
            return None
        if value is None or isinstance(value, bool) or not isinstance(value, int):
            message = f"a dimension is an integer or a name, got {show(value)}"
            hint = "name a dimension whose size varies: [time, 80]" if not value else ""
            self.problems.add("wrong-type", message, at, hint)
            return None
        if not 1 <= value < LARGEST:
            message = f"a dimension lies between 1 and 2^31 - 1, got {show(value)}"
            self.problems.add("bad-value", message, at)
            return None
        return value

    def _range(self, written: schema.Input) -> tuple[float, float] | None:
        if written.range is None:
            return None
        try:
            value = self.attributes.evaluate(written.range)
        except Unreadable:
            return None
        kinds = int if written.dtype in INTEGERS else (int, float)
        good = isinstance(value, tuple) and len(value) == 2
        if good and isinstance(value, tuple):
            low, high = value
            for bound in value:
                good &= isinstance(bound, kinds) and not isinstance(bound, bool)
            if good and low < high and abs(low) < 2**63 and abs(high) < 2**63:
                return (low, high)
        message = f"`range` is two ascending numbers, got {show(value)}"
        self.problems.add("bad-value", message, written.range)
        return None

    def _sequence(
        self,
        layers: tuple[Layer, ...],
        scope: Scope,
        frame: Frame,
        before: Handle | None,
        branch: str | None,
        items: list[Item],
    ) -> Handle | None:
        """Adds layers one after another; gives what the last one stands for."""
        frame.later = {
            layer.name: layer.name_at.at.line
            for layer in layers
            if layer.name is not None and layer.name_at is not None
        }
        for layer in layers:
            self.layers += 1
            if self.layers > MOST_LAYERS:
                message = f"more than {MOST_LAYERS:,} layers"
                self.problems.fail("limit", message, layer.at)
            name, before = self._layer(layer, scope, frame, before, branch, items)
            frame.later.pop(name, None)
            frame.names[name] = before
        return before

    def _layer(
        self,
        layer: Layer,
        scope: Scope,
        frame: Frame,
        before: Handle | None,
        branch: str | None,
        items: list[Item],
    ) -> tuple[str, Handle]:
        """A layer's name, and what it stands for."""
        if layer.form == "broken":
            label = layer.call or "layer"
            return self._name(layer, label, scope), Handle.broken()
        if layer.form == "call":
            return self._call(layer, scope, frame, before, branch, items)
        start = self._start(layer, frame, before)
        if layer.form == "group":
            return self._group(layer, scope, frame, start, items)
        return self._branches(layer, scope, frame, start, branch, items)

    def _start(self, layer: Layer, frame: Frame, before: Handle | None) -> Handle:
        """What a group or branches begin with."""
        if layer.sources is None:
            if before is None:
                self._no_input(layer)
            return before or Handle.broken()
        references = layer.sources.positional
        if references is None or len(references) != 1:
            what = "a group" if layer.form == "group" else "`branches`"
            message = f"{what} takes one input"
            self.problems.add("bad-reference", message, layer.sources.at)
            return Handle.broken()
        return Handle({"output": frame.find(references[0], self.problems)})

    def _no_input(self, layer: Layer) -> None:
        names = ", ".join(self.inputs)
        message = "the first layer must say what it takes"
        hint = f"write `from:` and one of the inputs: {names}"
        self.problems.add("missing-from", message, layer.at, hint)

    def _group(
        self,
        layer: Layer,
        scope: Scope,
        frame: Frame,
        start: Handle,
        items: list[Item],
    ) -> tuple[str, Handle]:
        name = self._name(layer, "group", scope)
        reserved = frozenset(written_names(layer.layers))
        inner = Scope((*scope.path, name), group=True, reserved=reserved)
        body: list[Item] = []
        items.append(Call(inner.path, "group", body, layer.at.at))
        last = self._sequence(layer.layers, inner, Frame(frame), start, None, body)
        return name, last or Handle.broken()

    def _branches(
        self,
        layer: Layer,
        scope: Scope,
        frame: Frame,
        start: Handle,
        branch: str | None,
        items: list[Item],
    ) -> tuple[str, Handle]:
        ends: dict[str, Value] = {}
        for name, layers in layer.branches:
            last = self._sequence(layers, scope, Frame(frame), start, name, items)
            ends[name] = last.first if last else UNKNOWN
        if layer.merge is None:
            return self._name(layer, "branches", scope), Handle(ends)
        op = self._op(layer.merge)
        name = self._name(layer, layer.merge.call or "merge", scope)
        values = list(ends.values())
        return name, self._node(layer, op, name, scope, values, branch, items)

    def _name(self, layer: Layer, label: str, scope: Scope) -> str:
        if layer.name is None:
            return scope.count(label, layer.at.at)
        assert layer.name_at is not None
        if scope.group:
            why = name_problem(layer.name, in_group=True)
            if why:
                message = f"a layer cannot be called {show(layer.name)}: {why}"
                self.problems.add("reserved-name", message, layer.name_at)
        scope.claim(layer.name, layer.name_at, self.problems)
        return layer.name

    def _op(self, layer: Layer) -> Op | None:
        if layer.form == "broken":
            return None
        return self.attributes.op(layer.call, layer.argument, layer.at)

    def _call(
        self,
        layer: Layer,
        scope: Scope,
        frame: Frame,
        before: Handle | None,
        branch: str | None,
        items: list[Item],
    ) -> tuple[str, Handle]:
        op = self._op(layer)
        values = self._operands(layer, op, frame, before)
        name = self._name(layer, layer.call, scope)
        return name, self._node(layer, op, name, scope, values, branch, items)

    def _operands(
        self, layer: Layer, op: Op | None, frame: Frame, before: Handle | None
    ) -> list[Value] | dict[str, list[Value]]:
        sources = layer.sources
        if sources is None:
            if op is not None and not op.ports:
                return []
            if before is None:
                self._no_input(layer)
                return [UNKNOWN]
            return [before.first]
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
        self,
        layer: Layer,
        op: Op | None,
        name: str,
        scope: Scope,
        values: list[Value] | dict[str, list[Value]],
        branch: str | None,
        items: list[Item],
    ) -> Handle:
        if op is None:
            return Handle.broken()
        at = layer.sources.at if layer.sources else layer.at
        try:
            bound: Bound[Value] = bind(op, values, self.bounds)
        except Ill as error:
            self.problems.add(error.code, error.message, at, error.hint)
            return Handle.broken()
        if UNKNOWN in bound:
            return Handle.broken()
        try:
            op, params, types = infer(op, bound.map(lambda value: value.type))
        except Ill as error:
            self.problems.add(error.code, error.message, layer.at, error.hint)
            return Handle.broken()
        path = (*scope.path, name)
        dotted = ".".join(path)
        outputs = {
            key: Value(dotted if len(types) == 1 else f"{dotted}.{key}", type_)
            for key, type_ in types.items()
        }
        node = Node(
            path,
            op,
            bound,
            outputs,
            params,
            layer.at.at,
            layer.trainable,
            branch,
            layer,
        )
        for value in outputs.values():
            value.producer = node
        items.append(node)
        return Handle(outputs)

    def _outputs(
        self, scope: Scope, frame: Frame, last: Handle | None
    ) -> dict[str, Value]:
        if self.spec.outputs is None:
            if last is None:
                return {}
            if len(last.outputs) > 1 and self.spec.layers[-1].form == "branches":
                return dict(last.outputs)
            made = last.first.producer
            return {made.path[-1] if made else "output": last.first}
        found = {}
        for name, reference in self.spec.outputs:
            value = found[name] = frame.find(reference, self.problems)
            taken = scope.taken.get(name)
            same = frame.names.get(name)
            is_it = same is not None and value in (*same.outputs.values(), UNKNOWN)
            if taken and not is_it:
                message = f"the name `{name}` is taken"
                hint = f"line {taken.line} has it, and it is not this output"
                self.problems.add("duplicate-name", message, reference.at, hint)
        return found

    def _train(self, outputs: tuple[str, ...]) -> Training | None:
        node = self.spec.train
        if node is None:
            return None
        try:
            data = self.attributes.evaluate(node)
            assert isinstance(data, dict)
            return parse_training(data, outputs, self.spec.semantics)
        except Unreadable:
            return None
        except CallError as error:
            for problem in error.problems:
                self.attributes.record(problem, node, node)
            return None
